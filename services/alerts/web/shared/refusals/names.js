// What a parameter of a refusal names, where a person knows it by another word than the program.

/** @type {{ en: Record<string, string>, zh: Record<string, string> }} */
export const NAMES = {
  en: {
    watchlist_editor: "watchlist editor",
    unsigned: "it is not signed", signature: "its signature is wrong", issuer: "it is from somebody else",
    audience: "it is for somebody else", out_of_time: "its time is over", nonce: "it answers another question",
    malformed: "it cannot be read", not_proven: "nobody signed in anew", unverified_mail: "the mail address is not verified",
    no_claim: "it does not say who this is", bad_code: "it was used already, or is another browser's",
  },
  zh: {
    draft: "草稿", pending: "待批准", active: "生效", suspended: "暂停", expired: "到期", revoked: "撤销", erased: "已删除",
    open: "进行中", committed: "已提交", undone: "已撤回", discarded: "已丢弃",
    guard: "保安", supervisor: "主管", administrator: "管理员", auditor: "审计员", reviewer: "复核员", watchlist_editor: "名单编辑",
    label: "名称", category: "依据类别", basis: "依据", evidence: "证据", instruction: "处置说明", note: "备注",
    scope: "范围", expires_at: "到期日", reason: "原因", source: "照片来源", taken: "拍摄日期", name: "照片名称",
    identity_number: "证件号", external_id: "编号", number: "号码", threshold: "阈值", file: "文件名", sites: "院区",
    broker: "消息服务器", database: "数据库", group: "分组", code: "登录码", verdict: "判断",
    unsigned: "没有签名", signature: "签名不正确", issuer: "不是由它签发", audience: "不是给本系统的", out_of_time: "已过期",
    nonce: "对应另一次请求", malformed: "无法读取", not_proven: "没有重新登录", unverified_mail: "邮箱未经验证", no_claim: "没有说明是谁", bad_code: "已使用过，或属于另一浏览器",
    decision: "判断", accept_warnings: "接受警告的原因", revision: "版本",
  },
};
