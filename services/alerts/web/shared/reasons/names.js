// What a parameter of a reason names, as a person knows it: parts of the system, and what is wrong with a camera.

/** @type {{ en: Record<string, string>, zh: Record<string, string> }} */
export const NAMES = {
  en: {
    embedder2: "second embedder",
    watchlist: "watchlist service", alerts: "alerts service", broker: "message broker",
    bus: "connection to the message broker", stores: "storing at the message broker", database_writes: "storing in the database",
    events: "hearing of new alerts", control: "stops of matching", sessions: "who is signed in", tasks: "parts of the alerts service",
    clock: "clocks", hearing: "what the message broker passes on", stages: "who looks at cameras", cameras: "cameras", matchers: "matchers", stopped: "stopped sites", disks: "disks",
    certificate: "certificate", backup: "backup", list: "changes of the list", shared_lists: "lists that hospitals share", accuracy: "reports of accuracy", line: "lines from cameras to pages",
    reach: "whom alerts reach", delivery: "deliveries to phones",
    too_fast: "it sends too fast", empty: "its pictures are empty", not_jpeg: "what it sends is no JPEG",
    too_many_bytes: "its pictures have too many bytes", too_many_pixels: "its pictures have too many pixels",
    too_small: "its pictures are too small", truncated: "its pictures are cut off", corrupt: "its pictures are damaged",
    unsupported: "its pictures are of a kind that is not read",
    sent: "sent to the detector", detected: "detected", embedded: "embedded", matched: "compared with the list",
  },
  zh: {
    detector: "人脸检测器", embedder: "特征提取器", embedder2: "第二个特征提取器", matcher: "比对器", watchlist: "名单服务", alerts: "告警服务",
    broker: "消息服务器", database: "数据库", bus: "与消息服务器的连接", stores: "消息服务器的保存", database_writes: "数据库的保存",
    events: "新告警通知", control: "停止比对的指令", sessions: "登录情况", tasks: "告警服务的各部分", clock: "时钟", hearing: "消息服务器的转发", stages: "处理画面的各环节",
    cameras: "摄像机", matchers: "比对器", stopped: "停止比对的院区", disks: "磁盘", certificate: "证书", backup: "备份",
    list: "名单的更改", shared_lists: "共享名单", accuracy: "准确性报告", line: "从摄像机到页面的线路", reach: "告警能送达谁", delivery: "向手机的投递",
    too_fast: "发送过快", empty: "画面为空", not_jpeg: "不是 JPEG", too_many_bytes: "字节过多", too_many_pixels: "像素过多",
    sent: "已发往检测器", detected: "已检测", embedded: "已提取特征", matched: "已与名单比对",
    too_small: "尺寸过小", truncated: "画面不完整", corrupt: "画面已损坏", unsupported: "不支持的 JPEG 类型",
  },
};
