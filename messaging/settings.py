"""The screens of the settings: what their buttons mean. «go:» only shows something and may be pressed for ever."""

from typing import Final

HOME: Final = "go:set"
QUIET: Final = "go:set:quiet"
PROFILE: Final = "go:set:profile"
DATA: Final = "go:set:data"
WITHDRAW: Final = "go:set:withdraw"
LEAVE: Final = "go:set:leave"
AGREE_AGAIN: Final = "go:set:agree"
DELETE: Final = "go:set:delete"
LINK_HERE: Final = "go:set:link"
TYPE_CODE: Final = "go:set:code"
