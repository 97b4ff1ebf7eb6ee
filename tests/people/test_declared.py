"""Whose each row is: no table with a customer's id goes undeclared, and no column of it undecided."""

import pytest
from sqlalchemy import JSON, Enum, Integer, LargeBinary, Numeric, String, UniqueConstraint

from messaging.merging import SETTLED
from storage.columns import table_of
from storage.declared import ALSO_PEOPLE, NOBODY, PEOPLE, Merge
from storage.models import METADATA, Consent, OutboxMessage

NAMES = {"customer_id", "about_id", "owner_id", "subject_id", "kept_id", "gone_id"}
FOUND_ELSEWHERE = {("customer_merge", "gone_id"), ("inbound_event", "about_id"), ("outbox_message", "about_id")}
TOLD = {table_of(one.model).name: one for one in PEOPLE}
ELSEWHERE = {table_of(model).name for model in ALSO_PEOPLE}
SETTLED_ELSEWHERE = {Consent, OutboxMessage}


def owners() -> set[tuple[str, str]]:
    found = set()
    for table in METADATA.sorted_tables:
        for column in table.columns:
            refers = any(key.column.table.name == "customer" for key in column.foreign_keys)
            if refers or column.name in NAMES:
                found.add((table.name, column.name))
    return found


def test_every_column_with_a_customers_id_is_declared():
    declared = {(name, column) for name, one in TOLD.items() for column in (one.owner, *one.also)} | FOUND_ELSEWHERE
    assert owners() <= declared


def test_every_table_is_about_somebody_or_says_why_not():
    assert set(TOLD) | {table_of(model).name for model in NOBODY} == set(METADATA.tables)
    assert set(TOLD).isdisjoint(table_of(model).name for model in NOBODY)
    assert set(METADATA.tables) >= ELSEWHERE


@pytest.mark.parametrize("name", TOLD)
def test_each_column_that_could_tell_who_it_was_is_blanked_or_kept_on_purpose(name):
    one = TOLD[name]
    if one.blanks is None:
        return
    table = table_of(one.model)
    told = {
        column.name
        for column in table.columns
        if isinstance(column.type, (String, JSON, LargeBinary, Integer, Numeric))
        and not isinstance(column.type, Enum)
        and not column.primary_key
    }
    assert told == {column for column in (*one.blanks, *one.keeps) if column in told}
    assert set(one.blanks).isdisjoint(one.keeps)


@pytest.mark.parametrize("name", TOLD)
def test_a_declaration_speaks_of_columns_that_are_there(name):
    one = TOLD[name]
    columns = set(table_of(one.model).columns.keys())
    assert {one.owner, *one.also, *one.per, *one.withheld, *(one.blanks or ()), *one.keeps} <= columns


def test_what_may_be_there_once_is_settled():
    settles = {one.model for one in PEOPLE if one.merge in (Merge.RESOLVE, Merge.ONE_EACH)}
    assert settles == set(SETTLED) | SETTLED_ELSEWHERE


@pytest.mark.parametrize("name", TOLD)
def test_a_table_that_simply_moves_has_nothing_unique_to_its_customer(name):
    one, table = TOLD[name], METADATA.tables[name]
    rules = [*(index for index in table.indexes if index.unique), table.primary_key]
    rules += [rule for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    once = [one.owner in rule.columns for rule in rules]
    assert one.merge is not Merge.MOVE or not any(once)
