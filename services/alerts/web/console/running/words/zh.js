// 中文。
/** @type {(value: number) => string} */
const percent = (value) => `${value}%`;
/** @type {Record<string, string>} */
const STAGES = { detector: "人脸检测器", embedder: "特征提取器", matcher: "比对器", watchlist: "名单服务", alerts: "告警服务" };

export const zh = {
  title: "运行状况",
  /** @type {(at: string) => string} */
  since: (at) => `自 ${at} 起的数据，只在一个告警进程的内存中，不存于任何地方。该进程重新启动后，之前的便不再知道。`,
  /** @type {(process: string) => string} */
  process: (process) => `由进程 ${process} 回答。`,
  otherProcess: "多个告警进程轮流回答，各自的起始时间不同。",
  recordAway: "数据库没有应答，此处缺少它的数据。",
  scale: "该扩充什么",
  hints: {
    nothing_seen: () => "最近五分钟没有任何摄像机画面，无从判断。",
    /** @type {(of: Record<string, string | number>) => string} */
    machine_full: ({ stage, machine, processors }) =>
      `一台服务器的 ${processors} 个处理器已用满（${percent(Number(machine))}），在其上增加副本没有用。请增加处理器，或在另一台服务器上运行更多${STAGES[stage]}，它耗用最多。`,
    /** @type {(of: Record<string, string | number>) => string} */
    stage_full: ({ stage, busy, machine, variable, replicas, shed }) =>
      `${STAGES[stage]}已无余力（忙碌 ${percent(Number(busy))}，五分钟内放弃 ${shed} 项），而服务器还有（已用 ${percent(Number(machine))}）。请先扩充它：${"`"}${variable}=${replicas}${"`"}。`,
    /** @type {(of: Record<string, string | number>) => string} */
    nothing_full: ({ stage, busy, machine }) =>
      `没有用满之处：最忙的是${STAGES[stage]}（${percent(Number(busy))}），服务器已用 ${percent(Number(machine))}。`,
    /** @type {(of: Record<string, string | number>) => string} */
    alone: ({ stage, variable }) =>
      `只有一个${STAGES[stage]}。它一旦停止，恢复之前画面中的人无人查看：${"`"}${variable}=2${"`"}，最好在另一台服务器上。`,
  },
  capacityHint: "这台服务器能承载多少摄像机，用 `wardwatch capacity` 测量，最好在夜间。",
  stages: "各环节",
  stagesText: "最近五分钟。来不及处理的画面让位给更新的画面：没有排队，放弃的都会计数。",
  /** @type {Record<string, string>} */
  names: { detector: "人脸检测器", embedder: "特征提取器", matcher: "比对器", watchlist: "名单服务", alerts: "告警服务" },
  /** @type {Record<string, string>} */
  items: { detector: "画面", embedder: "人脸", matcher: "特征" },
  stage: "环节",
  replicas: "副本",
  received: "到达",
  done: "完成",
  shed: "放弃",
  shedWhy: "放弃的原因",
  /** @type {Record<string, string>} */
  reasons: {
    replaced: "来了更新的画面", stale: "过旧", crowded_out: "被挤出", full: "没有空位", slow_consumer: "连接过慢",
    over_pace: "摄像机发送过多", too_many_cameras: "摄像机过多", never_arrived: "未到达", of_another_replica: "属于其他副本",
  },
  lag: "积压",
  lagText: "积压：该环节处理完时画面已有多旧，以秒计；100 个中有 95 个更新。超过一秒即放弃。",
  busy: "忙碌",
  machine: "服务器",
  /** @type {(rate: string) => string} */
  perSecond: (rate) => `每秒 ${rate}`,
  /** @type {(seconds: string) => string} */
  seconds: (seconds) => `${seconds} 秒`,
  percent,
  nothing: "无",
  charts: "最近一小时",
  chartIn: "每秒到达",
  chartDone: "每秒完成",
  chartLag: "积压（秒）",
  chartShed: "每秒放弃",
  chartBusy: "忙碌（%）",
  /** @type {(name: string, now: string, most: string) => string} */
  chartSaid: (name, now, most) => `${name}：现在 ${now}，最高 ${most}`,
  tooEarly: "最初十秒尚未结束。",
  table: "以表格查看",
  time: "时间",
  living: "在运行的副本",
  /** @type {(seconds: string) => string} */
  heardBefore: (seconds) => `${seconds} 秒前有消息`,
  /** @type {(count: number) => string} */
  shares: (count) => `负责 64 份摄像机中的 ${count} 份`,
  nobody: "没有任何消息。",
  list: "比对器上的名单",
  /** @type {(generation: number) => string} */
  generation: (generation) => `记录中为第 ${generation} 版`,
  /** @type {(live: number, all: number) => string} */
  liveOn: (live, all) => `已在 ${live} 个比对器上生效，共 ${all} 个`,
  /** @type {(seconds: string) => string} */
  unpublished: (seconds) => `有一处更改已等待发布 ${seconds} 秒。`,
  published: "没有等待发布的更改。",
  matcher: "比对器",
  entries: "条目",
  photos: "照片",
  locked: "锁定",
  index: "索引",
  readTo: "已读到",
  clock: "时钟",
  silent: "无消息",
  lives: "在运行",
  noMatcher: "没有任何比对器发来消息。",
  delivery: "最近一小时的送达",
  way: "途径",
  /** @type {Record<string, string>} */
  ways: { push: "推送", ntfy: "ntfy 推送", chat: "聊天", webhook: "网络回调", nats: "其他系统", nobody: "无人" },
  sent: "已发送",
  waiting: "等待",
  failed: "失败",
  within: "95% 用时",
  noDelivery: "此处不发送任何消息，或无从得知。",
  noneSent: "最近一小时没有需要发送的消息。",
  deliverySilent: "送达服务没有消息。",
  /** @type {(count: number) => string} */
  deadLetters: (count) => `无法送达网络回调的消息：${count}。`,
  stores: "存储、证书、备份",
  /** @type {Record<string, string>} */
  disks: { broker: "消息服务器的磁盘", database: "数据库的磁盘" },
  /** @type {(room: string) => string} */
  free: (room) => `剩余 ${room} GB`,
  /** @type {(hours: number) => string} */
  hoursLeft: (hours) => `按最近一小时的速度约可用 ${hours} 小时`,
  /** @type {Record<string, string>} */
  levels: { well: "正常", low: "不足", full: "已满", unknown: "无法查看" },
  noDisk: "此处没有查看磁盘。",
  /** @type {(file: string) => string} */
  certificate: (file) => `证书 ${file}`,
  /** @type {(at: string) => string} */
  ends: (at) => `有效期至 ${at}`,
  unreadable: "无法读取",
  backup: "最近的备份",
  /** @type {(hours: string) => string} */
  hoursAgo: (hours) => `${hours} 小时前`,
  /** @type {(hours: number) => string} */
  mayBe: (hours) => `最多可隔 ${hours} 小时`,
  noBackup: "没有备份",
  notLookedFor: "未检查备份：请设置 `WARDWATCH_BACKUP_TO`。",
  noCertificate: "此页面没有自己的证书。",
};
