"""The edge publisher: a camera, a video file or a folder of pictures, out as paced JPEG frames."""
