// What a parameter of a refusal names, where a person knows it by another word than the program.

/** @type {{ en: Record<string, string>, zh: Record<string, string> }} */
export const NAMES = {
  en: {},
  zh: {
    draft: "草稿", pending: "待批准", active: "生效", suspended: "暂停", expired: "到期", revoked: "撤销", erased: "已删除",
    open: "进行中", committed: "已提交", undone: "已撤回", discarded: "已丢弃",
    guard: "保安", supervisor: "主管", administrator: "管理员", auditor: "审计员",
    label: "名称", category: "依据类别", basis: "依据", evidence: "证据", instruction: "处置说明", note: "备注",
    scope: "范围", expires_at: "到期日", reason: "原因", source: "照片来源", taken: "拍摄日期", name: "照片名称",
    identity_number: "证件号", external_id: "编号", number: "号码", threshold: "阈值", file: "文件名", sites: "院区",
    broker: "消息服务器", database: "数据库", group: "分组", code: "登录码", verdict: "判断", decision: "判断", accept_warnings: "接受警告的原因", revision: "版本",
  },
};
