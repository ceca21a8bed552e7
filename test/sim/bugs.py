"""Bugs that the agent and the bridge have had: each is put back by a replacement in one file of the package.

`commit` (or a version) ended the bug, and `found` says how it was found then, if the history tells. `by` finds it
again: a unit test of test/unit/scripts as FILE:TEST, or a story of the simulator. docs/track-record.md has the table.
"""

from __future__ import annotations

from typing import NamedTuple


class Bug(NamedTuple):
    about: str
    commit: str
    found: str
    by: str
    file: str
    old: str
    new: str


REVIEW, SECURITY, FIELD = "a review", "a security review", "a report from the field"
HOSTILE, AGENT, E2E = "odd answers on purpose", "a test of the agent", "a booted server"
UNKNOWN, SIMULATOR = "not recorded", "the simulator"
NEXT = "0.3.0"  # this version instead of a commit

BUGS: dict[str, Bug] = {
    "priority-decides-after-a-partition": Bug(
        "after a partition the node of higher priority stays MASTER, and the alias moves back",
        "92033be",
        UNKNOWN,
        "test_hearing.py:test_the_one_that_was_promoted_last",
        "hearing.py",
        "        return later > 0\n",
        "        return not lower_address\n",
    ),
    "equal-promotions-are-not-settled": Bug(
        "of two MASTERs that were promoted at the same time, both stay",
        "e773e3d",
        FIELD,
        "test_hearing.py:test_two_that_were_promoted_at_the_same_time_agree_by_their_addresses",
        "hearing.py",
        "    return not lower_address if peer.stays is lower_address else lower_address\n",
        "    return True\n",
    ),
    "one-way-adverts-make-a-fight": Bug(
        "while adverts come one way only, each of them leads to a claim",
        "e773e3d",
        FIELD,
        "test_policy.py:test_nothing_is_settled_while_adverts_come_one_way",
        "policy.py",
        "        lasting = self.lower.ends < NEVER and not edge\n",
        "        lasting = False\n",
    ),
    "a-master-is-taken-for-carrying": Bug(
        "a peer that is MASTER itself is taken for one that carries, so both stay MASTER",
        "944e874",
        UNKNOWN,
        "test_policy.py:test_a_peer_that_is_master_itself_carries_nothing",
        "policy.py",
        "    if facts.carried and facts.stays and min(facts.peer_master_for, facts.master_for) >= facts.needs:\n",
        "    if False:\n",
    ),
    "a-dead-keepalived-claims": Bug(
        "a node whose keepalived was killed claims, as the VIP is still on its NIC",
        "6e58044",
        UNKNOWN,
        "test_policy.py:test_a_dead_keepalived_claims_nothing",
        "policy.py",
        "        dead, now = yield Question.KEEPALIVED_IS_DEAD\n",
        "        dead = False\n",
    ),
    "a-young-promotion-needs-no-look": Bug(
        "a holder that was promoted just before a partition takes the alias back when the partition ends",
        "92033be",
        UNKNOWN,
        "test_policy.py:test_a_live_peer_is_asked_when_the_promotion_is_some_seconds_old",
        "policy.py",
        "        recent = edge or age < JUST_PROMOTED_SECONDS / 2\n",
        "        recent = edge or age < JUST_PROMOTED_SECONDS\n",
    ),
    "a-change-under-way-is-not-waited-for": Bug(
        "the alias is claimed although the peer's server is just being given it",
        "e773e3d",
        UNKNOWN,
        "test_policy.py:test_a_peer_that_is_changed_may_be_getting_it",
        "policy.py",
        "wait = JUST_PROMOTED_SECONDS if facts.peer_locked else 0.0",
        "wait = 0.3 if facts.peer_locked else 0.0",
    ),
    "a-standstill-hides-a-promotion": Bug(
        "a node that stood still takes the alias from the node that was promoted in the meantime",
        NEXT,
        SIMULATOR,
        "181845010364254/41.182/14@9.59+0.1,16@17.296+26.086",
        "core/last_word.py",
        "    if superseded(state):\n        raise",
        "    if False:\n        raise",
    ),
    "acts-before-the-peer-has-spoken": Bug(
        "a node that stood still acts upon what it has decided before, without a word of the peer",
        NEXT,
        SIMULATOR,
        "test_last_word.py:test_nothing_is_acted_upon_before_the_peer_has_spoken",
        "core/last_word.py",
        "    return LONG_AGO if state.peer.heard_at >= stood_still else stood_still + ANSWER_SECONDS\n",
        "    return LONG_AGO\n",
    ),
    "a-claim-under-way-is-not-looked-at-again": Bug(
        "while keepalived stands still, a claim takes the alias from the node that was promoted later",
        NEXT,
        SIMULATOR,
        "133841882293101/19.357/0@7.5+17.8,1@7.5+2.7,2@8.4+10.648",
        "core/last_word.py",
        "return state.peer.fresh(state.now) and (told.master or backup) and promoted_first(state)",
        "return False",
    ),
    "a-promotion-is-told-after-the-claim": Bug(
        "a node tells its peer that it is MASTER only when its claim has waited for the API",
        NEXT,
        SIMULATOR,
        "test_last_word.py:test_is_told_before_the_api_is_waited_for",
        "core/decide.py",
        "        yield from speak(state)  # before a claim, which waits for the API\n",
        "",
    ),
    "each-claim-doubles-a-pause": Bug(
        "each claim doubles the pause that a silence of the metadata service left, so a strip lasts for a minute",
        NEXT,
        SIMULATOR,
        "test_checking.py:test_one_that_is_behind_a_claim_is_asked_again_soon",
        "core/checking.py",
        "    if state.now - state.claims.claimed_at < BEHIND_SECONDS:\n",
        "    if False:\n",
    ),
    # ---- a claim
    "taken-while-this-server-is-locked": Bug(
        "the alias is taken from a healthy peer while this server is locked, and no server has it for 125 s",
        "bf808ba",
        FIELD,
        "test_readings.py:test_not_while_one_of_the_two_is_locked",
        "api/readings.py",
        "        if self.server.locked:\n",
        "        if False:\n",
    ),
    "taken-on-an-old-word": Bug(
        "the alias is taken by a reading of the servers that is too old",
        "bf808ba",
        UNKNOWN,
        "test_readings.py:test_not_on_an_old_word",
        "api/readings.py",
        "        if clock.now() - self.at > most:\n",
        "        if False:\n",
    ),
    "taken-for-a-server-that-leaves": Bug(
        "the alias is taken for a server that is on its way out",
        "bf808ba",
        UNKNOWN,
        "test_readings.py:test_it_cannot",
        "claim.py",
        "        if own.server.status in LEAVING:\n",
        "        if False:\n",
    ),
    "a-slow-api-outdates-itself": Bug(
        "where each answer takes more than a second, a claim reads on and on and moves nothing",
        "2059731",
        UNKNOWN,
        "test_readings.py:test_an_api_that_takes_long_for_each_answer_does_not_outdate_its_own_word",
        "api/client.py",
        "        most = max(READING_SECONDS, 2 * self.latency)\n",
        "        most = READING_SECONDS\n",
    ),
    "a-request-in-two-pieces": Bug(
        "an agent that was frozen after the head of a request sends the rest of it as BACKUP",
        "3ceb44d",
        UNKNOWN,
        "test_connection.py:test_head_and_body_go_out_in_one_piece",
        "api/connection.py",
        "            opened.sendall(data)\n",
        "            for piece in data.partition(b'\\r\\n\\r\\n'):\n                opened.sendall(piece)\n",
    ),
    "python-decides-about-certificates": Bug(
        "a certificate that works with one image is refused with the next one",
        "0a4ba95",
        FIELD,
        "test_connection.py:test_what_one_image_takes_every_image_takes",
        "api/connection.py",
        "ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN\n",
        "ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_STRICT\n",
    ),
    "a-code-of-the-api-is-final": Bug(
        "the agent takes `timeout` and `bad_gateway` for refusals, also with a status that does not refuse",
        "953524d",
        UNKNOWN,
        "test_alias_switch.py:test_causes",
        "api/errors.py",
        '"service_error", "timeout", "bad_gateway")',
        '"service_error")',
    ),
    # ---- what others say
    "deep-json-ends-the-agent": Bug(
        "JSON that is nested too deep ends the agent",
        "c89e9df",
        HOSTILE,
        "test_documents.py:test_json",
        "shapes.py",
        "    except (ValueError, RecursionError):  # the latter for what is nested too deep\n",
        "    except ValueError:\n",
    ),
    "a-text-forges-a-line": Bug(
        "a control character in an answer forges a line of the journal",
        "c89e9df",
        HOSTILE,
        "test_journal.py:test_every_character",
        "journal.py",
        "one if one.isprintable() else escaped(one)",
        "one",
    ),
    "a-list-has-no-end": Bug(
        "a list of more and more pages is read for ever",
        "c89e9df",
        HOSTILE,
        "test_documents.py:test_they_end",
        "api/documents.py",
        " or following > MOST_PAGES",
        "",
    ),
    "a-quote-without-its-twin-ends-the-agent": Bug(
        "a quote without its twin in a check of keepalived.conf ends the agent",
        "45098ba",
        UNKNOWN,
        "test_alias_switch.py:test_a_script_that_cannot_be_read_is_left_out",
        "checks.py",
        "        with contextlib.suppress(ValueError):",
        "        with contextlib.suppress(KeyError):",
    ),
    "an-empty-quota-is-a-full-one": Bug(
        "a quota of 0 requests is taken for an unknown one: status says that all is well",
        "7dd7061",
        REVIEW,
        "test_alias_switch.py:test_warnings",
        "verdict.py",
        'report["requestsLeft"] in range(100)',
        '(report["requestsLeft"] or 1000) < 100',
    ),
    "the-peers-words-are-dropped": Bug(
        "a journey without a time costs all that the peer has said, so it seems to be silent",
        "52674dd",
        UNKNOWN,
        "test_readers.py:test_what_the_peer_says_is_read_again",
        "readers.py",
        '"journey": maybe(of(ok=shapes.boolean, where=maybe(words))),',
        '"journey": maybe(JOURNEY),',
    ),
    "listening-is-ready": Bug(
        "a BACKUP is called ready while keepalived only listens",
        "97a5d27",
        FIELD,
        "test_ready.py:test_every_reason_counts",
        "readiness.py",
        '        (not master and listens, "keepalived only listens for its first 3 s"),\n',
        "",
    ),
    # ---- the bridge and its questions
    "a-deaf-service-is-asked-in-peace": Bug(
        "a service at the virtual IP only is asked in peace, so status says for ever that it would not be carried",
        "9ea7ff0",
        UNKNOWN,
        "test_carrying.py:test_a_service_at_the_virtual_ip_only_is_asked_at_a_failover_and_not_in_peace",
        "questions.py",
        "        if ports == journey.PEACE_PORTS:\n",
        "        if False:\n",
    ),
    "a-refusal-is-an-answer": Bug(
        "a refusal of a port is taken for the answer of the service",
        "c87a419",
        UNKNOWN,
        "test_journey.py:test_a_refusal_is_good_for_the_pairs_own_port_only",
        "journey.py",
        "        return SERVED if what[1] == PAIR_PORT else REFUSED\n",
        "        return SERVED\n",
    ),
    "new-counters-of-the-peer-tell": Bug(
        "counters of a table that was made anew tell a wrong place",
        "c9d6991",
        UNKNOWN,
        "test_journey.py:test_a_peer_whose_counters_were_made_anew_does_not_tell",
        "journey.py",
        "        anew = made_anew(mine, theirs)\n",
        "        anew = set[str]()\n",
    ),
    "own-new-counters-tell": Bug(
        "a node's own counters that were made anew tell a wrong place",
        "35b1890",
        AGENT,
        "test_journey.py:test_own_counters_that_were_made_anew_do_not_tell",
        "journey.py",
        "if later and not earlier}",
        'if later and not earlier and whose == "peer"}',
    ),
    "one-deadline-for-two": Bug(
        "waiting for the counters and the next question in peace share a deadline, so one stays behind",
        "22d7058",
        UNKNOWN,
        "157974076829889/0.0/",
        "carrying.py",
        "        return min(self.peace_at, self.collect_at)\n",
        "        return min(self.peace_at, self.collect_at, self.explaining.until)\n",
    ),
    "a-mark-of-others-is-lost": Bug(
        "the bridge sets whole marks, and takes away what other programs have marked",
        "a893559",
        SECURITY,
        "test_bridge.py:test_a_mark_of_others_survives",
        "bridge/rules.py",
        'iifname "{tunnel}" ip daddr {{ {vips} }} ct mark set ct mark & {rest} | {mark}',
        'iifname "{tunnel}" ip daddr {{ {vips} }} ct mark set {mark}',
    ),
    "routes-do-not-come-back": Bug(
        "a private NIC whose link was down gets its address back, and not its routes",
        "6a8a506",
        E2E,
        "test_nic_care.py:test_to_the_peer_by_this_nic",
        "nic_care.py",
        '.get("dev") == link["ifname"]',
        '.get("dev") is not None',
    ),
    "adverts-of-all-are-let-in": Bug(
        "adverts from the whole private network reach keepalived",
        "a893559",
        SECURITY,
        "test_guard.py:test_adverts_that_come_from_far_or_to_another_address_are_dropped",
        "guard/rules.py",
        "        {vrrp_here} ip protocol 112 drop\n",
        "",
    ),
}


def table() -> list[tuple[str, ...]]:
    """The rows of docs/track-record.md."""
    return [(one.about, "`%s`" % one.commit, one.found, finder(one.by)) for one in BUGS.values()]


def finder(by: str) -> str:
    return "`%s`, `%s`" % tuple(by.split(":")) if ":" in by else "the simulator"
