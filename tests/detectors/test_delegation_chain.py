# a story tells one event per line
from hypothesis import given, settings
from hypothesis import strategies as st

from onesec_cli.detectors.delegation_chain import DelegationChain
from onesec_cli.model.policy import DelegationPolicy, Policy
from onesec_cli.pipeline import judge
from onesec_cli.state.delegation.attestation import digest, sign, statement
from tests.story import check, read_story


def test_a_chain_of_three_agents_with_ever_less_is_silent():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=planner connection=google scope="calendar.read mail.read" expires=18:00
        09:01 delegation.issue delegation=d2 user=alice delegator=planner delegate=finder parent=d1 connection=google scope="calendar.read mail.read" expires=17:00
        09:02 delegation.issue delegation=d3 user=alice delegator=finder delegate=reader connection=google scope=calendar.read expires=16:00
        09:03 token.exchange agent=reader user=alice connection=google scope=calendar.read
        09:04 tool.call agent=finder user=alice connection=google tool=search
        """,
    )


def test_renewals_and_parallel_connections_are_silent():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=bot connection=google scope=a expires=12:00
        09:00 delegation.issue delegation=d2 user=alice delegator=alice delegate=bot connection=github scope=b expires=12:00
        09:05 delegation.issue delegation=d3 user=alice delegator=bot delegate=sub parent=d1 connection=google scope=a expires=12:00
        11:55 delegation.issue delegation=d4 user=alice delegator=alice delegate=bot connection=google scope=a expires=15:00
        11:56 delegation.issue delegation=d5 user=alice delegator=bot delegate=sub connection=google scope=a expires=15:00
        12:30 token.exchange agent=sub user=alice connection=google scope=a
        """,
    )


def test_a_child_wider_than_its_parent_is_told():
    found = check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=bot connection=google scope=calendar.readonly
        09:05 delegation.issue delegation=d2 user=alice delegator=bot delegate=sub parent=d1 connection=google scope="calendar.readonly admin.directory.user"  # delegation-chain high child-wider-than-parent
        """,
    )
    assert found[0].facts["gained"] == ["admin.directory.user"]
    assert len(found[0].evidence) == 2


def test_a_delegator_with_two_delegations_may_hand_on_scopes_of_both():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=bot connection=google scope=calendar.readonly
        09:01 delegation.issue delegation=d2 user=alice delegator=alice delegate=bot connection=google scope=mail.read
        09:05 delegation.issue delegation=d3 user=alice delegator=bot delegate=sub connection=google scope="calendar.readonly mail.read"
        """,
    )


def test_a_child_that_outlives_its_parent_or_a_grandparent_is_told():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google expires=12:00
        09:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google  # delegation-chain medium child-outlives-parent
        09:02 delegation.issue delegation=d3 user=alice delegator=b delegate=c parent=d2 connection=google expires=13:00  # delegation-chain medium child-outlives-parent
        09:03 delegation.issue delegation=d4 user=alice delegator=b delegate=c parent=d2 connection=google expires=12:00
        """,
    )


def test_a_chain_with_an_expired_parent_is_told_when_issued_and_when_used():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google expires=10:00
        09:30 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google expires=10:00
        09:59:59.999 token.exchange agent=b user=alice connection=google
        10:00 token.exchange agent=b user=alice connection=google  # delegation-chain critical expired-parent
        10:05 delegation.issue delegation=d3 user=alice delegator=a delegate=c parent=d1 connection=google expires=11:00  # delegation-chain high expired-parent
        10:06 tool.call agent=c user=alice connection=google tool=send  # delegation-chain critical expired-parent
        10:07 token.exchange agent=a user=alice connection=google
        """,
    )


def test_an_explicit_expired_parent_is_told_even_where_it_was_renewed():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google expires=10:00
        09:55 delegation.issue delegation=d2 user=alice delegator=alice delegate=a connection=google expires=12:00
        10:05 delegation.issue delegation=d3 user=alice delegator=a delegate=c parent=d1 connection=google expires=11:00  # delegation-chain high expired-parent
        """,
    )


def test_revoking_a_parent_ends_the_subtree():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        09:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google
        09:02 delegation.issue delegation=d3 user=alice delegator=b delegate=c parent=d2 connection=google
        09:03 delegation.revoke delegation=d1
        09:04 token.exchange agent=c user=alice connection=google  # delegation-chain critical parent-revoked
        09:05 token.exchange agent=a user=alice connection=google  # delegation-chain critical delegation-revoked
        09:06 delegation.issue delegation=d4 user=alice delegator=c delegate=e parent=d3 connection=google  # delegation-chain high parent-revoked, delegation-chain medium too-deep
        09:07 token.exchange agent=c user=bob connection=google
        """,
    )


def test_an_unlink_ends_the_tree_but_a_fresh_root_starts_another():
    check(
        DelegationChain,
        """
        09:00 account.link user=alice client=a connection=google account=cac_1
        09:01 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        10:00 account.unlink account=cac_1
        10:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google  # delegation-chain high parent-revoked
        11:00 account.link user=alice client=a connection=google account=cac_2
        11:01 delegation.issue delegation=d3 user=alice delegator=alice delegate=a connection=google
        11:02 delegation.issue delegation=d4 user=alice delegator=a delegate=b parent=d3 connection=google
        """,
    )


def test_an_unlink_of_one_of_two_accounts_ends_nothing():
    check(
        DelegationChain,
        """
        08:00 account.link user=alice client=a connection=google account=cac_1
        08:01 account.link user=alice client=a connection=google account=cac_2
        09:01 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        10:00 account.unlink account=cac_1 user=alice connection=google
        10:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google
        """,
    )


def test_deleting_the_user_ends_all_trees():
    check(
        DelegationChain,
        """
        09:01 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        10:00 user.delete user=alice
        10:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google  # delegation-chain high parent-revoked
        """,
    )


def test_acting_before_the_grant_begins_is_told():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google not_before=12:00
        09:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google  # delegation-chain medium before-the-grant
        09:02 delegation.issue delegation=d3 user=alice delegator=a delegate=c parent=d1 connection=google not_before=12:00
        09:03 token.exchange agent=a user=alice connection=google  # delegation-chain medium before-the-grant
        12:00 token.exchange agent=a user=alice connection=google
        """,
    )


def test_a_ring_is_told():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        09:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google
        09:02 delegation.issue delegation=d3 user=alice delegator=b delegate=a parent=d2 connection=google  # delegation-chain high loop
        09:03 delegation.issue delegation=d9 user=alice delegator=alice delegate=q parent=d9 connection=google  # delegation-chain high loop
        """,
    )


def test_more_agents_in_a_row_than_the_policy_allows_are_told():
    story = """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        09:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b parent=d1 connection=google
        09:02 delegation.issue delegation=d3 user=alice delegator=b delegate=c parent=d2 connection=google{}
        """
    check(DelegationChain, story.format(""))
    policy = Policy(delegation=DelegationPolicy(max_depth=2))
    check(DelegationChain, story.format("  # delegation-chain medium too-deep"), policy)


def test_a_root_must_be_a_person_and_a_parent_known():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=rogue delegate=a connection=google  # delegation-chain medium root-not-a-person
        09:01 delegation.issue delegation=d2 user=bob delegator=auth0|7 delegate=a connection=google
        09:02 delegation.issue delegation=d3 user=bob delegator=b delegate=c parent=d0 connection=google  # delegation-chain low unknown-parent
        09:03 delegation.issue delegation=d4 user=bob delegator=a delegate=c parent=d0 connection=google  # delegation-chain medium unknown-parent
        """,
    )


def test_a_child_must_join_its_parent():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        09:01 delegation.issue delegation=d2 user=alice delegator=x delegate=b parent=d1 connection=google  # delegation-chain high broken-chain
        09:02 delegation.issue delegation=d3 user=alice delegator=a delegate=b parent=d1 connection=github  # delegation-chain high connection-mismatch
        09:03 delegation.issue delegation=d4 user=bob delegator=a delegate=b parent=d1 connection=google  # delegation-chain high user-mismatch
        """,
    )


def test_an_id_given_to_another_delegate_is_told():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        09:01 delegation.issue delegation=d1 user=alice delegator=alice delegate=b connection=google  # delegation-chain high redefined
        """,
    )


def test_an_expiry_that_cannot_be_read_is_a_finding_never_a_pass():
    check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google expires=soon  # delegation-chain medium unparseable-expiry
        09:01 delegation.issue delegation=d2 user=alice delegator=alice delegate=b connection=google expires=1772362800
        09:02 delegation.issue delegation=d3 user=alice delegator=alice delegate=c connection=google not_before=later  # delegation-chain medium unparseable-expiry
        """,
    )


def test_attestations_are_never_called_valid_but_replays_and_absences_are_told():
    found = check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google attestation=xyz
        09:01 delegation.issue delegation=d2 user=alice delegator=alice delegate=a connection=google attestation=xyz
        09:02 delegation.issue delegation=d3 user=alice delegator=alice delegate=b connection=google attestation=xyz  # delegation-chain high attestation-replayed
        09:03 delegation.issue delegation=d4 user=alice delegator=alice delegate=b connection=google  # delegation-chain low attestation-missing
        """,
    )
    assert found[0].facts["attestation"] == "unverifiable"
    assert found[1].facts["attestation"] == "missing"


def test_an_actor_chain_of_three_is_silent():
    check(
        DelegationChain,
        """
        09:00 token.issue client=app user=alice flow=authorization_code
        09:01 token.exchange client=api1 user=alice flow=on_behalf_of actors=api1,app
        09:02 token.exchange client=api2 user=alice flow=on_behalf_of actors=api2,api1,app
        09:03 token.exchange client=desk user=alice flow=custom actors=auth0|support
        """,
    )


def test_depth_of_an_actor_chain_is_bounded():
    check(
        DelegationChain,
        """
        09:01 token.exchange client=d user=alice flow=on_behalf_of actors=d,c,b,a  # delegation-chain medium too-deep
        09:02 token.exchange client=f user=alice flow=on_behalf_of actors=f,e,d,c,b,a  # delegation-chain high too-deep
        """,
    )


def test_loops_strangers_and_the_nameless_in_an_actor_chain_are_told():
    check(
        DelegationChain,
        """
        09:01 token.exchange client=a user=alice flow=on_behalf_of actors=a,b,a  # delegation-chain high loop
        09:02 token.exchange client=mallory user=alice flow=on_behalf_of actors=api1,app  # delegation-chain high mismatched-actor
        09:03 token.exchange client=api1 user=alice flow=on_behalf_of actors=api1,,app  # delegation-chain low actor-without-sub
        09:04 token.exchange client=api1 user=app@clients flow=on_behalf_of actors=api1,app  # delegation-chain medium root-not-a-person
        09:05 token.exchange client=api1 flow=on_behalf_of actors=api1,app  # delegation-chain low root-not-a-person
        """,
    )


def test_an_unknown_actor_counts_only_where_parties_are_known():
    story = """
        {}
        09:00 token.issue client=app user=alice flow=authorization_code
        09:01 token.exchange client=api1 user=alice flow=on_behalf_of actors=api1,app
        09:02 token.exchange client=api1 user=alice flow=on_behalf_of actors=api1,ghost{}
        09:03 token.exchange client=api1 user=alice flow=on_behalf_of actors=api1,new1
        """
    register = "08:00 admin.change user=auth0|adm method=post path=/api/v2/clients response={}"
    without = story.format("", "")
    check(DelegationChain, without)
    mark = "  # delegation-chain low unknown-actor"
    check(DelegationChain, story.format(register.replace("{}", '{"client_id":"new1"}'), mark))
    policy = Policy(delegation=DelegationPolicy(known_actors=("new1",)))
    check(DelegationChain, story.format("", mark), policy)


def test_only_approved_chains_and_their_beginnings_pass():
    policy = Policy(delegation=DelegationPolicy(approved_chains=(("app", "api1", "api2"),)))
    check(
        DelegationChain,
        """
        09:01 token.exchange client=api1 user=alice flow=on_behalf_of actors=api1,app
        09:02 token.exchange client=api2 user=alice flow=on_behalf_of actors=api2,api1,app
        09:03 token.exchange client=api2 user=alice flow=on_behalf_of actors=api2,app  # delegation-chain high unapproved-chain
        09:04 token.exchange client=api3 user=alice flow=on_behalf_of actors=api3,api2,api1,app  # delegation-chain high unapproved-chain, delegation-chain medium too-deep
        """,
        policy,
    )


SCOPES = ["calendar.read", "files.read", "mail.read", "mail.send"]


@settings(max_examples=40, deadline=None)
@given(st.permutations(SCOPES), st.lists(st.integers(0, 4), min_size=3, max_size=3), st.integers(1, 20))
def test_ever_narrower_and_shorter_delegations_never_raise_anything(order, cuts, minutes):
    lines, held, giver = ["2026-03-01"], len(order), "alice"
    for step, cut in enumerate(cuts):
        held = max(1, min(held, cut))
        scopes = " ".join(order[:held])
        parent = f" parent=d{step - 1}" if step else ""
        lines.append(
            f"09:0{step} delegation.issue delegation=d{step} user=alice delegator={giver} delegate=bot{step}{parent} "
            f'connection=google scope="{scopes}" expires=10:{40 - step * minutes % 20:02d}'
            if step == 0
            else f"09:0{step} delegation.issue delegation=d{step} user=alice delegator={giver} delegate=bot{step}{parent} "
            f'connection=google scope="{scopes}" expires=10:{10 - step:02d}'
        )
        giver = f"bot{step}"
        lines.append(f"09:0{step}:30 token.exchange agent=bot{step} user=alice connection=google")
    assert check(DelegationChain, "\n".join(lines)) == []


KEYS = {"k1": "00112233445566778899aabbccddeeff"}
KEYED = Policy(delegation=DelegationPolicy(attestation_keys=KEYS))
ROOT = "09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google expires=18:00"
CHILD = (
    "09:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b connection=google parent=d1 expires=17:00"
)


def attested(line, parent="", key="k1", secret=KEYS["k1"]):
    """A line of a story with its attestation; and the digest of what it states."""
    (event,), _ = read_story(line)
    said = statement(event, parent)
    return f"{line} attestation={sign(said, key, secret)}", digest(said)


def test_a_chain_of_valid_attestations_is_silent():
    root, parent = attested(ROOT)
    child, _ = attested(CHILD, parent)
    check(DelegationChain, f"{root}\n{child}", KEYED)


def test_an_altered_delegation_and_one_attested_under_another_parent_are_forged():
    root, parent = attested(ROOT)
    child, _ = attested(CHILD, parent)
    orphan, _ = attested(CHILD)
    mark = "  # delegation-chain high attestation-invalid"
    found = check(DelegationChain, f"{root}\n{child.replace('17:00', '17:30')}{mark}", KEYED)
    assert found[0].facts["attestation"] == "invalid"
    check(DelegationChain, f"{root}\n{orphan}{mark}", KEYED)
    check(DelegationChain, f"{root.replace('delegate=a', 'delegate=evil')}{mark}", KEYED)
    stolen, _ = attested(ROOT, secret="ff" * 16)
    check(DelegationChain, stolen + mark, KEYED)


def test_with_keys_a_missing_attestation_and_one_of_an_unknown_key_or_form_are_told():
    unknown, _ = attested(ROOT, key="k9")
    told = "  # delegation-chain low attestation-unverifiable"
    check(DelegationChain, unknown + told, KEYED)
    check(DelegationChain, f"{ROOT} attestation=eyJhbGciOiJub25lIn0.e30.{told}", KEYED)
    check(DelegationChain, f"{ROOT}  # delegation-chain medium attestation-missing", KEYED)
    orphan, _ = attested(CHILD, "no-digest")
    faults = "  # delegation-chain low attestation-unverifiable, delegation-chain low unknown-parent"
    check(DelegationChain, orphan + faults, KEYED)


def test_a_thousand_users_of_one_agent_are_all_remembered():
    issues = [
        f"09:00 delegation.issue delegation=p{n} user=u{n} delegator=u{n} delegate=bot connection=google expires=10:00\n"
        f"09:00 delegation.issue delegation=c{n} user=u{n} delegator=bot delegate=sub connection=google parent=p{n} expires=10:00"
        for n in range(200)
    ]
    uses = "10:30 tool.call agent=sub user=u3 connection=google tool=x  # delegation-chain critical expired-parent"
    events, _ = read_story("\n".join([*issues, uses]))
    found = judge(events, [DelegationChain(Policy())])
    assert [(one.verdict, one.entities[0]) for one in found] == [("expired-parent", "user:u3")]


def test_an_id_used_again_for_another_delegate_leaves_the_first_its_own():
    found = check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=bot connection=google expires=12:00
        09:01 delegation.issue delegation=d2 user=alice delegator=bot delegate=sub connection=google parent=d1 expires=12:00
        09:10 delegation.issue delegation=d1 user=alice delegator=alice delegate=evil connection=google expires=18:00  # delegation-chain high redefined
        09:20 tool.call agent=bot user=alice connection=google tool=x
        12:30 tool.call agent=sub user=alice connection=google tool=x  # delegation-chain critical expired-parent
        """,
    )
    assert len(found[0].evidence) == 2


def test_a_deep_tree_proves_its_depth():
    found = check(
        DelegationChain,
        """
        09:00 delegation.issue delegation=d1 user=alice delegator=alice delegate=a connection=google
        09:01 delegation.issue delegation=d2 user=alice delegator=a delegate=b connection=google parent=d1
        09:02 delegation.issue delegation=d3 user=alice delegator=b delegate=c connection=google parent=d2
        09:03 delegation.issue delegation=d4 user=alice delegator=c delegate=d connection=google parent=d3  # delegation-chain medium too-deep
        """,
    )
    assert len(found[0].evidence) == 4


def test_a_plain_name_that_acted_as_a_user_is_a_person():
    check(
        DelegationChain,
        """
        09:00 token.issue client=app user=alice flow=authorization_code
        09:01 delegation.issue delegation=d1 delegator=alice delegate=bot connection=google
        09:02 delegation.issue delegation=d2 delegator=mallory delegate=bot connection=github  # delegation-chain medium root-not-a-person
        """,
    )
