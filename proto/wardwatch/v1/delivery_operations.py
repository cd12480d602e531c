"""Operations on how alerts reach people: phones, duty, channels, rules, and what became of messages. Served by alerts."""

from typing import Final

from proto.wardwatch.v1 import delivery
from proto.wardwatch.v1.desk_operation import DeskOperation

_API: Final = "/api/v1"
_DELIVERY: Final = f"{_API}/delivery"

# fmt: off
OPERATIONS: Final[tuple[DeskOperation, ...]] = (
    DeskOperation("push_key", "get", f"{_API}/push/key", "The public key that a phone subscribes with",
                  delivery.PushKey, refusals=(503,)),
    DeskOperation("show_subscription", "get", f"{_API}/push/subscription", "Whether this session's phone can be woken",
                  delivery.SubscriptionState, refusals=()),
    DeskOperation("subscribe", "put", f"{_API}/push/subscription", "Let this session's phone be woken while it lasts",
                  None, delivery.Subscription, status=204, refusals=(422,)),
    DeskOperation("unsubscribe", "delete", f"{_API}/push/subscription", "Do not wake this phone any more",
                  None, status=204, refusals=()),
    DeskOperation("test_push", "post", f"{_API}/push/test", "Push to this phone; proven_at moves once it has shown that",
                  delivery.SubscriptionState, status=202, refusals=(409,)),
    DeskOperation("note_receipt", "post", f"{_API}/receipts", "A phone says that it showed a message, or that it was opened",
                  None, delivery.Receipt, status=204, refusals=(404, 422)),
    DeskOperation("show_duty", "get", f"{_API}/duty", "Who is on duty at the account's sites", delivery.Roster, refusals=()),
    DeskOperation("set_duty", "put", f"{_API}/duty", "Go on or off duty; a keeper may say it of another account",
                  delivery.Roster, delivery.DutyRequest, refusals=(403, 422)),
    DeskOperation("list_channels", "get", f"{_DELIVERY}/channels", "Channels, without their addresses",
                  delivery.Channels, refusals=()),
    DeskOperation("set_channel", "put", f"{_DELIVERY}/channels/{{channel}}", "Set up a channel, or anew",
                  delivery.ChannelKept, delivery.ChannelRequest, refusals=(403, 422, 503)),
    DeskOperation("pause_channel", "put", f"{_DELIVERY}/channels/{{channel}}/pause", "Let a channel rest, or use it again",
                  None, delivery.PauseRequest, status=204, refusals=(404, 422)),
    DeskOperation("remove_channel", "delete", f"{_DELIVERY}/channels/{{channel}}", "Take a channel away",
                  None, status=204, refusals=(403, 404, 422)),
    DeskOperation("test_channel", "post", f"{_DELIVERY}/channels/{{channel}}/test", "Send a test by a channel",
                  delivery.Tested, status=202, refusals=(404, 422)),
    DeskOperation("show_arrangements", "get", f"{_DELIVERY}/arrangements", "Rules and zones, and what sites let out",
                  delivery.Arranged, refusals=()),
    DeskOperation("set_rule", "put", f"{_DELIVERY}/rules/{{rule}}", "Set a rule, or anew",
                  None, delivery.Rule, status=204, refusals=(403, 422)),
    DeskOperation("remove_rule", "delete", f"{_DELIVERY}/rules/{{rule}}", "Take a rule away",
                  None, status=204, refusals=(403, 404, 422)),
    DeskOperation("preview_rule", "post", f"{_DELIVERY}/preview", "How often a rule would have rung within 24 hours",
                  delivery.Preview, delivery.Rule, refusals=(403, 422)),
    DeskOperation("set_zone", "put", f"{_DELIVERY}/zones/{{zone}}", "Name a set of cameras, or anew",
                  None, delivery.Zone, status=204, refusals=(403, 422)),
    DeskOperation("remove_zone", "delete", f"{_DELIVERY}/zones/{{zone}}", "Take a zone away",
                  None, status=204, refusals=(403, 404, 422)),
    DeskOperation("set_site_delivery", "put", f"{_DELIVERY}/sites/{{site}}", "Say whether messages of a site say the place",
                  None, delivery.SiteDelivery, status=204, refusals=(403, 422)),
    DeskOperation("list_deliveries", "get", f"{_API}/incidents/{{incident}}/deliveries", "Whom an alert was told, and how far that came",
                  delivery.Deliveries, refusals=(404,)),
    DeskOperation("show_delivery", "get", f"{_DELIVERY}/deliveries/{{delivery}}", "What became of one message",
                  delivery.DeliveryView, refusals=(404,)),
    DeskOperation("list_dead_letters", "get", f"{_DELIVERY}/dead-letters", "Messages that another system never took, latest first",
                  delivery.Deliveries, refusals=()),
    DeskOperation("send_again", "post", f"{_DELIVERY}/dead-letters/{{delivery}}/send", "Try a dead letter again",
                  delivery.DeliveryView, status=202, refusals=(404,)),
)
# fmt: on

BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}
