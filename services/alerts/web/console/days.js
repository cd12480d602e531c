// Days as date fields write them (2028-06-30), in this machine's own time.
const two = (n) => String(n).padStart(2, "0");
const written = (day) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;

export const today = () => written(new Date());

export function dayIn({ years = 0, days = 0 }) {
  const day = new Date();
  return written(new Date(day.getFullYear() + years, day.getMonth(), day.getDate() + days));
}

// The moment that a last day is over.
export function afterDay(text) {
  const [year, month, day] = text.split("-").map(Number);
  return new Date(year, month - 1, day + 1).toISOString();
}
