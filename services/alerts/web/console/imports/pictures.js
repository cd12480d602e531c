// Which files are pictures, and how large they may be.

export const PICTURES = "image/jpeg,image/png,image/webp,image/heic,image/heif,image/avif,image/tiff,image/bmp,image/gif,image/jp2,.jpg,.jpeg,.png,.webp,.heic,.heif,.avif,.tif,.tiff,.bmp,.gif,.jp2";

// What a picked folder or several files amount to: which file is people.csv, and under which name each photo is sent.
// The rules are those of the command line (cli/watchlist/arrangement.py).
export const MOST_BYTES = 15 * 1024 * 1024;
