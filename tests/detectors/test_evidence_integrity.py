from onesec_cli.detectors.evidence_integrity import EvidenceIntegrity
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from tests.story import check


def test_an_id_with_several_contents_is_told_with_all_their_places():
    found = check(
        EvidenceIntegrity,
        """
        09:00 trail.anomaly issue=id-reused id=900x payloads=3 others=[["b.jsonl",4,10,20,"ff"],["c.jsonl",9,1,2]]
        """.rstrip()
        + "  # evidence-integrity medium id-reused",
    )
    assert found[0].message == "The log id 900x carries 3 different contents."
    assert [proof.origin.file for proof in found[0].evidence] == ["story", "b.jsonl", "c.jsonl"]
    assert found[0].evidence[1].origin == Origin("b.jsonl", 4, 10, 20, "ff")


def test_ids_of_one_tenant_fold_into_one_subject():
    found = check(
        EvidenceIntegrity,
        """
        09:00 trail.anomaly issue=id-reused id=a payloads=2 others=[]  # evidence-integrity medium
        09:01 trail.anomaly issue=id-reused id=b payloads=2 others=[]  # evidence-integrity medium
        """,
    )
    assert {finding.subject for finding in found} == {("tenant:acme",)}


def test_an_id_before_its_event_is_for_another_detector():
    check(EvidenceIntegrity, "09:00 trail.anomaly issue=id-before-event seconds=900")


def test_origins_are_taken_as_objects_too():
    other = Origin("b.jsonl", 4, 10, 20, "ff")
    event = Event(
        time=1,
        kind="trail.anomaly",
        origin=Origin("a.jsonl", 1, 0, 9),
        id="900x",
        fields={"issue": "id-reused", "id": "900x", "payloads": 2, "others": [other]},
    )
    (finding,) = Replay([EvidenceIntegrity(Policy())]).feed([event])
    assert finding.evidence[1].origin == other


def test_places_that_are_none_are_left_out():
    found = check(
        EvidenceIntegrity,
        """
        09:00 trail.anomaly issue=id-reused id=a payloads=2 others=[7,["x"],["x","y",1,2]]  # evidence-integrity
        """,
    )
    assert len(found[0].evidence) == 1
