"""Who may do what, after each event of a story."""

from __future__ import annotations

import msgspec

from onesec_cli.state.accounts.access import Accesses
from onesec_cli.state.identity import Identity
from tests.story import read_story


def told(story: str) -> tuple[Accesses, list[list[str]]]:
    """The accesses after a story, and what each event changed; saved and loaded after each."""
    accesses, identity, changes = Accesses(), Identity(), []
    for event in read_story(story)[0]:
        identity.resolve(event)
        changed = accesses.take(event)
        changes.append([" ".join((one.what, *filter(None, one.key), *one.scopes)) for one in changed])
        accesses = msgspec.msgpack.decode(msgspec.msgpack.encode(accesses), type=Accesses)
    return accesses, changes


def test_an_exchange_gives_access_that_grows_and_ends_with_the_account() -> None:
    accesses, changes = told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:05 token.exchange user=ada client=bot connection=google flow=vault scope=read
        09:06 token.exchange user=ada client=bot connection=google flow=vault scope=read
        09:07 token.exchange user=ada client=bot connection=google flow=vault scope=send
        09:10 account.unlink user=ada connection=google account=cac_1
        """
    )
    assert changes == [
        [],
        ["begun token vault bot ada google read"],
        [],
        ["wider token vault bot ada google send"],
        ["ended token vault bot ada google read send"],
    ]
    (one,) = accesses.rows()
    assert (one.uses, one.status(0), sorted(one.scopes)) == (3, "ended", ["read", "send"])
    assert one.ended is not None and one.ended.role == "the account was unlinked"


def test_what_is_linked_again_begins_anew_with_what_is_granted_then() -> None:
    accesses, changes = told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:05 token.exchange user=ada client=bot connection=google flow=vault scope=send
        09:10 account.unlink user=ada connection=google account=cac_1
        09:20 account.link user=ada client=bot connection=google account=cac_2
        09:25 token.exchange user=ada client=bot connection=google flow=vault scope=read
        """
    )
    assert changes[-1] == ["begun token vault bot ada google read"]
    assert [sorted(one.scopes) for one in accesses.rows()] == [["read"]]


def test_delegations_end_with_what_they_hang_on_and_expire_by_themselves() -> None:
    accesses, changes = told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:01 delegation.issue delegation=a user=ada delegator=ada delegate=bot connection=google expires=12:00
        09:02 delegation.issue delegation=b delegator=bot delegate=sub connection=google parent=a
        09:10 account.unlink user=ada connection=google account=cac_1
        """
    )
    assert {change.split()[0] for change in changes[-1]} == {"ended"}
    assert {one.agent for one in accesses.rows() if one.ended is not None} == {"bot", "sub"}
    running, _ = told("09:01 delegation.issue delegation=a user=ada delegator=ada delegate=bot expires=12:00")
    (one,) = running.rows()
    assert one.expires is not None
    assert (one.status(one.expires - 1), one.status(one.expires)) == ("active", "expired")


def test_a_deleted_user_or_client_leaves_nothing_active() -> None:
    story = """
        09:00 account.link user=auth0|ada client=bot connection=google account=cac_1
        09:05 token.exchange user=auth0|ada client=bot connection=google flow=vault scope=send
        09:06 grant.consent user=auth0|ada client=bot scope=read:mail audience=https://api/
        09:07 token.issue user=auth0|ada client=bot flow=authorization_code scope=openid audience=https://api/
        09:08 token.issue client=bot flow=client_credentials scope=read:users audience=https://t.auth0.com/api/v2/
    """
    accesses, changes = told(story + "09:10 user.delete user=auth0|ada")
    assert [one.basis for one in accesses.rows() if one.ended is None] == ["client credentials"]
    assert len(changes[-1]) == 3
    accesses, _ = told(story + "09:10 admin.change method=delete path=/api/v2/clients/bot")
    assert all(one.ended is not None for one in accesses.rows())


def test_a_withdrawn_consent_ends_that_consent_alone() -> None:
    accesses, changes = told(
        """
        09:00 grant.consent user=ada client=bot scope=read:mail audience=https://api/
        09:01 grant.consent user=ada client=app scope=read:mail audience=https://api/
        09:02 token.issue user=ada client=bot flow=authorization_code scope=openid audience=https://api/
        09:10 grant.revoke user=ada client=bot
        """
    )
    assert changes[-1] == ["ended consent bot ada https://api/ read:mail"]
    assert [one.agent for one in accesses.rows() if one.ended is None] == ["app", "bot"]


def test_a_call_under_what_was_given_is_a_use_of_it_and_one_after_its_end_stands_alone() -> None:
    accesses, changes = told(
        """
        09:00 delegation.issue id=d1 delegation=d1 user=ada delegator=ada delegate=bot connection=google scope=read
        09:05 tool.call user=ada agent=bot connection=google tool=list_files
        09:10 delegation.revoke id=d2 delegation=d1 user=ada
        09:15 tool.call user=ada agent=bot connection=google tool=list_files
        """
    )
    assert changes[1] == [] and changes[3] == ["begun tool call bot ada google"]
    assert [(one.basis, one.uses, one.ended is None) for one in accesses.rows()] == [
        ("delegation", 2, False),
        ("tool call", 1, True),
    ]
