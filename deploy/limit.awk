# Copies a log: of each level at most twenty lines a second, each of at most 1,000 characters, and how many were left out.
{
  now = systime()
  if (now != second) {
    if (left) print "[WRN] " left " lines left out"
    split("", said)
    left = 0
    second = now
  }
  level = match($0, /\[(INF|WRN|ERR|FTL)\]/) ? substr($0, RSTART, RLENGTH) : ""
  if (++said[level] > 20) {
    left++
    next
  }
  print substr($0, 1, 1000)
  fflush()
}
END { if (left) print "[WRN] " left " lines left out" }
