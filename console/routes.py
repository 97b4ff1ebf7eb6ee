"""All that staff can do here, and who may do it."""

from typing import Final

from console import customer, customers, dashboard, flags, inbox, live, profile, settings, sign_in, status, team, till
from console.access import BIRTHDAY_KEEPERS, DIALOGS, EVERYONE, MANAGERS, READERS, SELLERS
from console.guard import Page

POST: Final = "POST"

PAGES: Final = (
    Page("/login", sign_in.show, None),
    Page("/login", sign_in.enter, None, POST),
    Page("/logout", sign_in.leave, EVERYONE, POST),
    Page("/setup/{token:str}", sign_in.show_setup, None),
    Page("/setup/{token:str}", sign_in.finish_setup, None, POST),
    Page("/", dashboard.show, EVERYONE),
    Page("/inbox", inbox.show, DIALOGS),
    Page("/inbox/{case_id:uuid}", inbox.show_case, DIALOGS),
    Page("/inbox/{case_id:uuid}/customer", inbox.show_customer, DIALOGS),
    Page("/inbox/{case_id:uuid}/reply", inbox.reply, DIALOGS, POST),
    Page("/inbox/{case_id:uuid}/take", inbox.take, DIALOGS, POST),
    Page("/inbox/{case_id:uuid}/close", inbox.close, DIALOGS, POST),
    Page("/inbox/{case_id:uuid}/read", inbox.mark_read, DIALOGS, POST),
    Page("/customers", customers.show, EVERYONE),
    Page("/customers/{customer_id:uuid}", customer.show, EVERYONE),
    Page("/customers/{customer_id:uuid}/purchases", till.sell, SELLERS, POST),
    Page("/customers/{customer_id:uuid}/birthday", till.set_birthday, BIRTHDAY_KEEPERS, POST),
    Page("/flags", flags.show, READERS),
    Page("/flags/{flag_id:uuid}/confirm", flags.confirm, READERS, POST),
    Page("/flags/{flag_id:uuid}/dismiss", flags.dismiss, READERS, POST),
    Page("/live", live.stream, DIALOGS),
    Page("/live/missed", live.missed, DIALOGS),
    Page("/profile", profile.show, EVERYONE),
    Page("/profile", profile.save, EVERYONE, POST),
    Page("/profile/password", profile.change_password, EVERYONE, POST),
    Page("/profile/link", profile.link, EVERYONE, POST),
    Page("/profile/unlink", profile.unlink, EVERYONE, POST),
    Page("/settings", settings.show, MANAGERS),
    Page("/settings", settings.save, MANAGERS, POST),
    Page("/status", status.show, MANAGERS),
    Page("/staff", team.show, MANAGERS),
    Page("/staff/invite", team.invite, MANAGERS, POST),
    Page("/staff/{staff_id:uuid}/link", team.link_again, MANAGERS, POST),
    Page("/staff/{staff_id:uuid}/role", team.change_role, MANAGERS, POST),
    Page("/staff/{staff_id:uuid}/active", team.change_active, MANAGERS, POST),
)
