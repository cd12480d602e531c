// Every word a person reads, in both languages.
import { computed, signal } from "@preact/signals";
import { dayOf, timeZone, today } from "./days.js";

const KEPT = "wardwatch.language";
const known = ["zh-CN", "en"];

function first() {
  const kept = localStorage.getItem(KEPT);
  if (known.includes(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export const language = signal(first());

export function speak(choice) {
  localStorage.setItem(KEPT, choice);
  language.value = choice;
}

const en = {
  tagline: "Security alerts",
  codeLabel: "One-time code",
  codeHint: "From your supervisor or the set-up screen. It works once.",
  start: "Start shift",
  starting: "Signing in",
  insecure: "Open this page by https, or on the machine itself: this connection cannot keep a session.",
  offline: "No connection to Wardwatch. Trying again.",
  ended: "Your session has ended. Ask for a new code.",
  unconfirmed: "Not sent. Try again.",
  signOut: "Sign out",
  watchlist: "Watchlist",
  status: {
    away: "Connecting", silent: "Cannot ring", stopped: "Matching stopped", partly: "Receiving in part", well: "Receiving",
  },
  cannotRing: "CANNOT RING",
  tapForSound: "Tap here once to turn sound on.",
  stillSilent: "Still no sound. Open this page in another browser.",
  soundOn: "SOUND IS ON",
  soundOnText: "New alerts ring.",
  sleepy: "The screen may go dark",
  sleepyText: "Then nothing rings. Turn battery saver off.",
  lastCheck: (time) => `Last check ${time}`,
  notReceiving: "NOT RECEIVING ALERTS",
  reconnecting: (age) => `reconnecting ${age}`,
  allQuiet: "No alerts",
  noOpen: "No open alerts",
  noNew: "No new alerts",
  stillOpen: (n) => (n === 1 ? "1 alert is not decided yet." : `${n} alerts are not decided yet.`),
  chooseOne: "Nobody is on the way yet. Choose one from the list.",
  openFirst: "Open the first",
  notKnown: "Alerts not known",
  notKnownText: "The list is being read.",
  butText: (status) => `${status}: a new alert may not be noticed.`,
  quietText: "Receiving. A new alert opens by itself.",
  today: "Alerts",
  back: "All alerts",
  newAlerts: (n) => (n === 1 ? "1 new alert" : `${n} new alerts`),
  moreAlerts: (n) => (n === 1 ? "1 more new alert" : `${n} more new alerts`),
  groups: { new: "New", open: "Not decided yet", over: "Closed" },
  open: "Open",
  state: {
    new: "NEW", responding: "RESPONDING", confirmed: "CONFIRMED", rejected: "NOT THIS PERSON", unresolved: "UNRESOLVED",
    ended: "ENTRY ENDED",
  },
  watchlistPhoto: "Watchlist photo",
  cameraNow: "Camera",
  noPicture: "Picture deleted",
  notShown: "Not shown any more",
  pictureAway: "Picture not available now",
  facesWithheld: "Faces are shown to those who answer alerts.",
  noGround: "No longer on the list",
  whatToDo: "What to do",
  noInstruction: "No instruction: the entry is gone from the list.",
  entryEnded: "This entry has ended or is suspended. Nobody needs to go there.",
  where: "Where",
  seen: "Seen",
  site: "site",
  alsoSeen: "Also seen at",
  care: "A possible match. It never affects access to treatment.",
  onMyWay: "On my way",
  responding: (who) => `${who} is on the way`,
  youRespond: "You are on the way",
  compare: "Compare faces",
  question: "Is this the same person?",
  same: "Same person",
  notSame: "Not this person",
  cannotTell: "Can't tell",
  cancel: "Back",
  mine: (verdict) => `Your verdict: ${verdict}`,
  waiting: "Another person must compare the faces too.",
  label: "On the list as",
  strength: "Strength",
  strong: "Strong",
  possible: "Possible",
  frames: (n) => (n === 1 ? "1 sighting" : `${n} sightings`),
  verdicts: "Verdicts",
  details: "Details",
  similarity: "Cosine",
  facePx: "Face px",
  stop: "Stop",
  stopMatching: "Stop matching",
  stopText: (site) => `No face at ${site} will be compared with the watchlist until a supervisor resumes it.`,
  resumeText: (site) => `Faces at ${site} will be compared with the watchlist again.`,
  resume: "Resume matching",
  reason: "Reason (recorded)",
  stopped: (site) => `Matching is stopped at ${site}`,
  hours: (hours, minutes) => `${hours} h ${minutes}`,
  days: (days, hours) => `${days} d ${hours} h`,
  zoom: "Enlarge both faces",
  close: "Close",
  hidden: "Tap to show the faces",
  categories: {
    scalping: "Ticket scalping", violence: "Violence", threat: "Threat", theft: "Theft", ban: "Barred from premises",
    court_order: "Court order",
  },
};

const zh = {
  tagline: "安保告警",
  codeLabel: "一次性代码",
  codeHint: "由主管提供或显示在安装屏幕上，只能使用一次。",
  start: "开始值班",
  starting: "正在登录",
  insecure: "请通过 https 打开本页，或在本机打开：当前连接无法保持登录。",
  offline: "无法连接 Wardwatch，正在重试。",
  ended: "登录已结束，请索取新的代码。",
  unconfirmed: "未发送成功，请重试。",
  signOut: "退出",
  watchlist: "名单",
  status: { away: "正在连接", silent: "无法响铃", stopped: "比对已停止", partly: "部分接收", well: "接收中" },
  cannotRing: "无法响铃",
  tapForSound: "请点按此处一次以开启声音。",
  stillSilent: "仍然没有声音，请换用其他浏览器打开本页。",
  soundOn: "声音已开启",
  soundOnText: "有新告警时会响铃。",
  sleepy: "屏幕可能自动熄灭",
  sleepyText: "熄灭后不会响铃，请关闭省电模式。",
  lastCheck: (time) => `上次检查 ${time}`,
  notReceiving: "未在接收告警",
  reconnecting: (age) => `正在重新连接 ${age}`,
  allQuiet: "没有告警",
  noOpen: "没有未结告警",
  noNew: "没有新告警",
  stillOpen: (n) => `${n} 条告警尚未判定。`,
  chooseOne: "尚无人前往，请从列表中选择。",
  openFirst: "打开第一条",
  notKnown: "告警情况未知",
  notKnownText: "正在读取列表。",
  butText: (status) => `${status}：新告警可能不被发现。`,
  quietText: "接收中。有新告警时会自动打开。",
  today: "告警",
  back: "全部告警",
  newAlerts: (n) => `${n} 条新告警`,
  moreAlerts: (n) => `还有 ${n} 条新告警`,
  groups: { new: "新告警", open: "尚未判定", over: "已结束" },
  open: "打开",
  state: { new: "新告警", responding: "处理中", confirmed: "已确认", rejected: "不是此人", unresolved: "未能判定", ended: "条目已结束" },
  watchlistPhoto: "名单照片",
  cameraNow: "摄像头画面",
  noPicture: "图片已删除",
  notShown: "不再显示",
  pictureAway: "图片暂时无法显示",
  facesWithheld: "仅处理告警的人员可查看人脸。",
  noGround: "已不在名单中",
  whatToDo: "如何处置",
  noInstruction: "没有处置说明：该条目已从名单移除。",
  entryEnded: "该条目已结束或已暂停，无需前往。",
  where: "地点",
  seen: "时间",
  site: "院区",
  alsoSeen: "也出现在",
  care: "仅为可能匹配，绝不影响其就医。",
  onMyWay: "我去处理",
  responding: (who) => `${who} 正在前往`,
  youRespond: "您正在前往",
  compare: "比对人脸",
  question: "是同一个人吗？",
  same: "是同一人",
  notSame: "不是此人",
  cannotTell: "无法判断",
  cancel: "返回",
  mine: (verdict) => `您的判断：${verdict}`,
  waiting: "还需要另一个人比对。",
  label: "名单中的名称",
  strength: "匹配程度",
  strong: "强",
  possible: "可能",
  frames: (n) => `${n} 次出现`,
  verdicts: "判断",
  details: "详情",
  similarity: "余弦值",
  facePx: "人脸像素",
  stop: "停止",
  stopMatching: "停止比对",
  stopText: (site) => `在主管恢复之前，${site} 的人脸不再与名单比对。`,
  resumeText: (site) => `${site} 的人脸将重新与名单比对。`,
  resume: "恢复比对",
  reason: "原因（将被记录）",
  stopped: (site) => `${site} 已停止比对`,
  hours: (hours, minutes) => `${hours} 小时 ${minutes} 分`,
  days: (days, hours) => `${days} 天 ${hours} 小时`,
  zoom: "放大两张人脸",
  close: "关闭",
  hidden: "点按以显示人脸",
  categories: {
    scalping: "倒卖号源", violence: "暴力", threat: "威胁", theft: "盗窃", ban: "禁止入内", court_order: "法院令",
  },
};

export const words = computed(() => (language.value === "zh-CN" ? zh : en));

// Times and days are the hospital's, wherever this browser is.
export function clock(moment) {
  return new Date(moment).toLocaleTimeString(language.value, { hourCycle: "h23", timeZone: timeZone() });
}

export function day(moment) {
  if (dayOf(moment) === today()) return clock(moment);
  const date = new Date(moment).toLocaleDateString(language.value, { month: "short", day: "numeric", timeZone: timeZone() });
  return `${date} ${clock(moment)}`;
}

// 00:07, 12:40, 3 h 05, 2 d 3 h
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, "0");
  if (seconds < 3600) return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 24) return words.value.hours(hours, two(Math.floor((seconds % 3600) / 60)));
  return words.value.days(Math.floor(hours / 24), hours % 24);
}
