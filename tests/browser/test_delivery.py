"""How alerts reach people, as a supervisor and an administrator set and see it, in a real Chromium."""

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from proto.wardwatch.v1.delivery import Medium
from services.chassis.delivery_keys import DeliveryKeys, public_text
from services.delivery import web_push
from services.chassis.bus import Bus
from tests import servers
from tests.browser import axe, console
from tests.browser.conftest import watched
from tests.live import alerts_client as live

SECRET = "http://ntfy.lan/a-secret-topic"
