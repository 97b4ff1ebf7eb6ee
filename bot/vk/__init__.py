"""VK through vk_api: its events become IncomingMessages, our Messages become its calls, its errors ours."""

from bot.vk.callback import callback_endpoint
from bot.vk.client import VkClient, bot_id_of
from bot.vk.files import VkFiles
from bot.vk.longpoll import VkLongPoll
from bot.vk.setting_up import check_confirmation, screen_name_of, set_up_longpoll
from bot.vk.transport import VkTransport

__all__ = [
    "VkClient",
    "VkFiles",
    "VkLongPoll",
    "VkTransport",
    "bot_id_of",
    "callback_endpoint",
    "check_confirmation",
    "screen_name_of",
    "set_up_longpoll",
]
