"""A network camera of GStreamer's RTSP server, run by the system's own Python: prints its port, obeys its input.

    /usr/bin/python3 gstreamer_camera.py h264|h265 USER PASSWORD

On standard input: ``size W H`` starts the stream anew in another size for who comes next, ``hang`` ends all sessions,
``stop`` lets no more pictures come on those that play.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - a version has to be asked for first

CODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph265pay name=pay0 pt=96",
}


def pipeline(codec: str, width: int, height: int) -> str:
    source = f"videotestsrc is-live=true ! video/x-raw,width={width},height={height},framerate=10/1,format=I420"
    return f"( {source} ! identity name=gate ! {CODERS[codec]} )"


def main() -> None:
    codec, user, password = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(1 if "basic" in user else 2)  # GST_RTSP_AUTH_BASIC, GST_RTSP_AUTH_DIGEST
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if "basic" in user:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.add_digest(user, password, token)
    server.set_auth(auth)
    media: list[GstRtspServer.RTSPMedia] = []

    def offer(width: int, height: int) -> None:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(pipeline(codec, width, height))
        factory.set_shared(True)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)
        factory.connect("media-configure", lambda _factory, made: media.append(made))
        server.get_mount_points().add_factory("/live", factory)

    def obey(words: list[str]) -> bool:
        match words:
            case ["size", width, height]:
                offer(int(width), int(height))
            case ["hang"]:
                server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)
            case ["stop"]:
                media[-1].get_element().get_by_name("gate").set_property("drop-probability", 1.0)
        return False

    def listen() -> None:
        for line in sys.stdin:
            GLib.idle_add(obey, line.split())
        GLib.idle_add(loop.quit)

    offer(320, 180)
    server.attach(None)
    loop = GLib.MainLoop()
    threading.Thread(target=listen, daemon=True).start()
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    loop.run()


if __name__ == "__main__":
    main()
