// 中文。
import { zh as acts } from "../acts/zh.js";

export const zh = {
  acts,
  title: "审计日志",
  text: "每个人所做、所看、所查的一切。只增不减。您查看日志这件事同样会被记录。",
  filter: "显示范围",
  since: "从",
  until: "到（含）",
  account: "账号",
  accountHint: "该账号所做的，以及对其所做的。",
  everybody: "所有人",
  kind: "操作种类",
  everything: "全部",
  /** @type {(family: string) => string} */
  allOf: (family) => `全部：${family}`,
  about: "对象",
  aboutHint: "条目、告警、导入或账号的编号，或院区名。",
  show: "显示",
  clear: "清除",
  newest: "最新记录",
  none: "没有符合条件的记录。",
  /** @type {(number: number) => string} */
  number: (number) => `第 ${number} 条`,
  noReason: "无需填写原因",
  more: "详情",
  through: "写入途径",
  hash: "哈希",
  program: "程序自动",
  onlyThis: "此对象的全部记录",
  onlyBy: "此账号的全部记录",
  /** @type {Record<string, string>} */
  families: {
    access: "答复查询人", account: "账号", accuracy: "准确度", audit: "审计日志", backup: "备份", camera: "摄像机", card: "为告警查看",
    control: "对照组", delivery: "告警送达", entries: "查看名单", entry: "条目", erasure: "彻底删除",
    federation: "供其他医院的名单", group: "院区组", identity: "身份证号", import: "导入",
    incident: "告警", keys: "密钥", likeness: "相像者", list: "名单比对", matcher: "比对器",
    matching: "停止与恢复", model: "识别模型", passkey: "通行密钥", photo: "照片", place: "位置", reading: "异常查看",
    session: "登录与退出", stream: "消息服务器", subscription: "其他医院的名单", threshold: "阈值",
  },
  /** @type {Record<string, string>} */
  things: {
    entry: "条目", entries: "名单", photo: "照片", import: "导入", group: "院区组", identity: "身份证号",
    account: "账号", incident: "告警", site: "院区", keys: "密钥", audit: "审计日志", list: "名单", matcher: "比对器",
    threshold: "阈值", place: "位置", stream: "数据流", delivery: "送达", control: "对照组", hospital: "医院",
    accuracy: "报告", backup: "备份",
  },
  export: "导出",
  exportText: "按当前筛选条件写入文件。文件中有账号名及其所做之事，请像对待审计日志一样妥善保管。",
  form: "格式",
  forms: {
    csv: "CSV，供表格软件使用",
    jsonl: "JSON 行，可在别处重新计算哈希",
  },
  wholeHint: "不加筛选条件时，可在另一台电脑上核验整个文件。",
  save: "写入文件",
  verify: "日志是否完整？",
  verifyText: "每条记录都含有前一条的哈希。这里从第一条起重新计算每个哈希。",
  given: "保存在别处的链尾",
  givenHint: "来自纸上或文件：编号加 64 位 0-9 a-f。没有则留空。",
  givenWrong: "这不是链尾：应为编号、空格和 64 位 0-9 a-f。",
  recompute: "立即核验",
  again: "再次核验",
  /** @type {(done: number, total: number) => string} */
  progress: (done, total) => `已核验 ${done} 条，共 ${total} 条`,
  /** @type {(events: number) => string} */
  whole: (events) => `哈希链没有问题：${events} 条记录每条都与其哈希相符，并接续前一条。`,
  /** @type {(faults: number) => string} */
  notWhole: (faults) => `审计日志不完整。问题数：${faults}`,
  faults: {
    /** @type {(n: number) => string} */
    missing: (n) => `第 ${n} 条：之前的记录缺失，被删除或改了编号。`,
    /** @type {(n: number) => string} */
    unlinked: (n) => `第 ${n} 条不接续前一条：其中之一是插入、替换或改写的。`,
    /** @type {(n: number) => string} */
    altered: (n) => `第 ${n} 条：内容与哈希不符，写入后被改动或是伪造的。`,
    /** @type {(n: number) => string} */
    contradicted: (n) => `第 ${n} 条与别处保存的不同：到此为止的日志被改写过。`,
    /** @type {(n: number) => string} */
    short: (n) => `第 ${n} 条是最后一条，但曾写入更多：其后的记录缺失。`,
    /** @type {(n: number) => string} */
    replaced: (n) => `第 ${n} 条是最后一条，但不是最后写入的那条。`,
    /** @type {(n: number) => string} */
    cut_off: (n) => `第 ${n} 条是最后一条，但别处保存有更后的一条：末尾被删除，或数据库被恢复到旧状态。`,
  },
  moreFaults: "问题比所显示的更多。",
  callFor: "请勿改动任何东西，并请不管理这台服务器的人来查看。`wardwatch audit verify` 会列出全部问题。",
  /** @type {(n: number, at: string) => string} */
  published: (n, at) => `与消息服务器保存的链尾一致：第 ${n} 条，${at}。那里的链尾无人能删除。`,
  notPublished: "消息服务器没有给出链尾，未与其比较。",
  /** @type {(n: number, at: string) => string} */
  kept: (n, at) => `与此浏览器保存的链尾一致：第 ${n} 条，${at}。`,
  notKept: "此浏览器此前没有保存链尾，从现在起保存这一个。",
  /** @type {(n: number) => string} */
  givenAgrees: (n) => `与您提供的链尾一致：第 ${n} 条。`,
  head: "当前链尾",
  headText: "有了它，任何人日后都能证明之前的记录没有改动。请抄在纸上，或存到这台服务器以外的地方。",
  saveHead: "将链尾存为文件",
  limits: "这不能说明什么",
  limitList: [
    "此页面以及刚才的计算都来自保存日志的那台服务器。掌控该服务器的人可以让它显示任何内容。",
    "只有保存在别处的链尾才能说明此前的一切没有被整体改写：由不管理这台服务器的人运行 `wardwatch audit verify --since-file FILE`。",
    "数据表是否与记录一致、写入记录的机制是否原样，只有该命令会检查。",
    "导出的 JSON 行文件可在任何其他电脑上仅用 Python 重新计算：`python3 transparency.py FILE MONTH`。",
  ],
};
