"""The vendor's own clients against a running `jit-authority`: each method, granted and refused.

    clients.py PATH_OF_JIT_AUTHORITY
"""

import datetime
import re
import sys
from typing import Any, Callable

import lumoauth
import lumoauth_api_client
from lumoauth import JITContext, LumoAuthAgent
from lumoauth.errors import (
    LumoAuthApiError,
    LumoAuthAuthenticationError,
    LumoAuthConfigError,
    LumoAuthNotFoundError,
    LumoAuthPermissionDeniedError,
    LumoAuthRateLimitError,
)
from lumoauth_api_client import models
from lumoauth_api_client.api.jit_api import JitApi

from authority import ORG, REVIEWER, USER, Authority, Documents, Reviewer

AGENT = ("agt_x", "s3cret")
PLAIN = ("agt_plain", "plain s3cret")
POOR = ("agt_poor", "poor s3cret")
OPTIONS = [
    *("--client", ":".join(AGENT), "--client", ":".join(PLAIN), "--client", ":".join(POOR)),
    *("--capability", "agt_x=read:documents", "--capability", "agt_x=delegate:on_behalf"),
    *("--capability", "agt_plain=read:notes", "--budget", "agt_poor=1"),
    *("--webhook-origin", "http://127.0.0.1:9"),
]
READ = {"type": "document", "actions": ["read"], "identifier": "doc_9982"}
DELETE = {"type": "document", "actions": ["delete"], "identifier": "doc_9982"}


def agent(authority: Authority, client: tuple[str, str] = AGENT, *, authenticated: bool = True) -> LumoAuthAgent:
    made = LumoAuthAgent(base_url=authority.url, org_id=ORG, client_id=client[0], client_secret=client[1])
    assert not authenticated or made.authenticate()
    return made


def refused(kind: type[Exception], call: Callable[[], Any], **expected: Any) -> Any:
    try:
        answer = call()
    except kind as error:
        for name, value in expected.items():
            assert getattr(error, name) == value, f"{name} is {getattr(error, name)!r}, not {value!r}: {error}"
        return error
    raise AssertionError(f"it was not refused: {answer!r}")


# LumoAuthAgent


def agent_authenticate(authority: Authority) -> None:
    made = agent(authority, authenticated=False)
    assert made.access_token is None
    assert made.authenticate() and made.access_token
    assert made.token_scopes == ["read:documents", "delegate:on_behalf", "jit:request"]
    assert made.authenticate(scopes=["read:documents"]) and made.token_scopes == ["read:documents"]
    assert not made.authenticate(scopes=["write:documents"])
    assert not agent(authority, ("agt_x", "wrong"), authenticated=False).authenticate()


def agent_ensure_authenticated(authority: Authority) -> None:
    made = agent(authority, authenticated=False)
    assert made.ensure_authenticated()
    held = made.access_token
    assert made.ensure_authenticated() and made.access_token == held
    assert not agent(authority, ("nobody", "wrong"), authenticated=False).ensure_authenticated()


def agent_info(authority: Authority) -> None:
    made = agent(authority)
    assert made.agent_info is None
    info = made.get_agent_info()
    assert made.agent_info == info
    assert (info["sub"], info["name"], info["agent_id"]) == ("agent:agt_x", "agt_x", "agt_x")
    stranger = agent(authority)
    stranger._access_token = "nonsense"
    refused(RuntimeError, stranger.get_agent_info)


def agent_has_capability(authority: Authority) -> None:
    made = agent(authority)
    assert made.has_capability("read:documents")
    assert not made.has_capability("write:documents")


def agent_budget(authority: Authority) -> None:
    rich, poor = agent(authority), agent(authority, POOR)
    assert rich.get_budget_status()["max_tokens_per_day"] == 1_000_000
    assert not rich.is_budget_exhausted()
    assert not poor.is_budget_exhausted()
    with JITContext(poor) as jit:
        jit.create_task(name="poor")
        request = jit.request_permission(READ)["request_id"]
        jit.get_token(request)
        error = refused(LumoAuthRateLimitError, lambda: jit.get_token(request), code="budget_exceeded", status_code=429)
        assert error.retry_after >= 1
    poor.get_agent_info()
    assert poor.is_budget_exhausted()


def agent_ask(authority: Authority) -> None:
    made = agent(authority)
    told = made.ask("read:documents", {"id": "doc_99"})
    assert told["allowed"] and told["action"] == "read:documents" and told["context"] == {"id": "doc_99"}
    assert told["reason"] and told["audit_id"]
    assert made.is_allowed("read:documents")
    assert not made.is_allowed("write:documents")
    refused(RuntimeError, lambda: made.ask(""), status_code=400)


def agent_identity(authority: Authority) -> None:
    identity = agent(authority).get_identity()
    assert identity["identity"]["agent_id"] == "agt_x" and "read:documents" in identity["capabilities"]


# JITContext


def context_create_task(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    assert jit.create_task() == jit.task_id
    assert jit.create_task(name="named", task_type="research", on_behalf_of=USER) == jit.task_id
    assert jit.caep_session_id
    plain = JITContext(agent(authority, PLAIN))
    refused(
        LumoAuthPermissionDeniedError,
        lambda: plain.create_task(on_behalf_of=USER),
        code="delegation_not_allowed",
        status_code=403,
    )
    stranger = agent(authority)
    stranger._access_token = "nonsense"
    refused(LumoAuthAuthenticationError, JITContext(stranger).create_task, code="invalid_token")


def context_complete_task(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    assert jit.complete_task(), "without a task there is nothing to do"
    jit.create_task()
    token = jit.get_token(jit.request_permission(READ)["request_id"])
    assert authority.introspect(token, *AGENT)["active"]
    task = jit.task_id
    assert jit.complete_task() and jit.task_id is None
    assert not authority.introspect(token, *AGENT)["active"]
    jit.task_id = task
    assert jit.complete_task(), "completing twice is no error"
    jit.task_id = "task_of_nobody"
    assert not jit.complete_task()
    with JITContext(agent(authority)) as leaving:
        leaving.create_task()
        token = leaving.get_token(leaving.request_permission(READ)["request_id"])
    assert not authority.introspect(token, *AGENT)["active"]


def context_request_permission(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    refused(LumoAuthConfigError, lambda: jit.request_permission(READ))
    jit.create_task()
    low = jit.request_permission(READ, justification="because", ttl=60)
    assert (low["status"], low["risk_level"], low["granted_ttl"]) == ("approved", "low", 60), low
    assert low["token_url"].startswith(authority.url)
    medium = jit.request_permission({"type": "document", "actions": ["write"]}, ttl=100_000)
    assert (medium["status"], medium["risk_level"], medium["granted_ttl"]) == ("approved", "medium", 900)
    waiting = jit.request_permission(DELETE, wait_for_approval=False)
    assert (waiting["status"], waiting["risk_level"]) == ("pending", "high")
    assert waiting["status_url"] and waiting["message"]
    assert jit.request_permission({"type": "payment", "actions": ["read"]}, wait_for_approval=False)[
        "risk_level"
    ] == "critical"
    timed_out = jit.request_permission(DELETE, poll_interval=0, poll_timeout=0)
    assert timed_out["status"] == "pending"
    refused(LumoAuthApiError, lambda: jit.request_permission({"actions": ["read"]}), code="invalid_authorization_details")
    jit.complete_task()


def context_waits_for_a_person(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    jit.create_task()
    with Reviewer(authority, "approve", agent_message="go on", notes="for the staff"):
        decided = jit.request_permission(DELETE, poll_interval=0.05)
    assert (decided["status"], decided["agent_message"], decided["has_notes"]) == ("approved", "go on", True)
    assert "for the staff" not in str(decided)
    assert jit.get_token(decided["request_id"])
    with Reviewer(authority, "deny", agent_message="ask Ann first", reason="for the staff"):
        decided = jit.request_permission(DELETE, poll_interval=0.05)
    assert (decided["status"], decided["agent_message"]) == ("denied", "ask Ann first")
    assert "for the staff" not in str(decided)
    refused(LumoAuthPermissionDeniedError, lambda: jit.get_token(decided["request_id"]), code="request_denied")


def context_is_suspended(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    jit.create_task()
    token = jit.get_token(jit.request_permission(READ)["request_id"])
    with Reviewer(authority, "deny"):
        assert [jit.request_permission(DELETE, poll_interval=0.05)["status"] for _ in range(3)] == ["denied"] * 3
    refused(LumoAuthPermissionDeniedError, lambda: jit.request_permission(READ), code="task_suspended")
    assert not authority.introspect(token, *AGENT)["active"]


def context_get_token(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    jit.create_task()
    token = jit.get_token(jit.request_permission(READ)["request_id"])
    told = authority.introspect(token, *AGENT)
    assert told["jit"] and told["authorization_details"] == [READ] and told["task_id"] == jit.task_id
    waiting = jit.request_permission(DELETE, wait_for_approval=False)["request_id"]
    refused(LumoAuthApiError, lambda: jit.get_token(waiting), code="request_pending")
    refused(LumoAuthNotFoundError, lambda: jit.get_token("jitreq_of_nobody"), code="request_not_found")
    jit.complete_task()


def context_call(authority: Authority) -> None:
    api = Documents(authority, AGENT)
    jit = JITContext(agent(authority))
    jit.create_task()
    token = jit.get_token(jit.request_permission(READ)["request_id"])
    url = f"{api.url}/v1/documents/doc_9982"
    assert jit.call(token, "GET", url).json()["content"].startswith("Q4")
    jit.complete_task()
    assert jit.call(token, "GET", url).status_code == 403


def context_call_with_escalation(authority: Authority) -> None:
    api = Documents(authority, AGENT)
    url = f"{api.url}/v1/documents/doc_9982"
    jit = JITContext(agent(authority))
    jit.create_task()
    assert jit.call_with_escalation("GET", url).json()["content"].startswith("Q4")
    saved = jit.call_with_escalation("POST", f"{api.url}/v1/summaries", data={"document_id": "doc_9982", "summary": "up"})
    assert saved.status_code == 201 and api.summaries == {"doc_9982": "up"}
    original = jit.request_permission
    jit.request_permission = lambda *a, **k: original(*a, **{**k, "poll_interval": 0.05})  # type: ignore[method-assign]
    with Reviewer(authority, "deny"):
        assert jit.call_with_escalation("DELETE", url).status_code == 403
    with Reviewer(authority, "approve"):
        assert jit.call_with_escalation("DELETE", url).status_code == 200
    jit.complete_task()
    assert [status for _, status in api.calls] == [403, 200, 403, 201, 403, 403, 200]


def context_list_pending_requests(authority: Authority) -> None:
    asking = JITContext(agent(authority))
    asking.create_task()
    waiting = asking.request_permission(DELETE, justification="because", wait_for_approval=False)["request_id"]
    reviewing = JITContext(agent(authority), delegated_token=REVIEWER)
    found = {one["request_id"]: one for one in reviewing.list_pending_requests()}
    assert found[waiting]["authorization_details"] == DELETE and found[waiting]["justification"] == "because"
    refused(LumoAuthPermissionDeniedError, asking.list_pending_requests, status_code=403)
    asking.complete_task()
    assert waiting not in {one["request_id"] for one in reviewing.list_pending_requests()}


def context_evaluate_task(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    refused(LumoAuthConfigError, jit.evaluate_task)
    for result in ["completed", "failed", "cancelled"]:
        jit.create_task()
        assert jit.evaluate_task(result=result, notes="as expected")["result"] == result
        refused(LumoAuthApiError, lambda: jit.request_permission(READ), code="task_completed")
    refused(LumoAuthApiError, lambda: jit.evaluate_task(result="splendid"), status_code=400)
    refused(LumoAuthNotFoundError, lambda: jit.evaluate_task("task_of_nobody"))


def context_delegate_on_behalf_of(authority: Authority) -> None:
    jit = JITContext(agent(authority))
    assert jit.delegate_on_behalf_of(authority.user_token)
    assert authority.introspect(jit._delegated_token, *AGENT)["act"] == {"sub": "agent:agt_x"}
    jit.create_task(name="for Ann")
    assert jit.get_token(jit.request_permission(READ)["request_id"])
    refused(LumoAuthPermissionDeniedError, lambda: jit.create_task(on_behalf_of="bob@acme.com"))
    jit.complete_task()
    assert not JITContext(agent(authority)).delegate_on_behalf_of("nonsense")
    assert not JITContext(agent(authority, PLAIN)).delegate_on_behalf_of(authority.user_token)


def chains_are_three_deep(authority: Authority) -> None:
    chain = lumoauth.DelegationChain(agent(authority))
    chain.set_user_token("session", authority.user_token)
    token = chain.exchange("session")
    assert chain.get_subject(token) == f"user:{USER}" and chain.parse_actor_chain(token) == ["agent:agt_x"]
    others = [agent(authority, POOR), agent(authority), agent(authority)]
    # The poor one's budget for the day went elsewhere.
    refused(LumoAuthApiError, lambda: chain.delegate_to_sub_agent("session", others[0].access_token), status_code=429)
    for other in others[1:]:
        chain._delegated_tokens["session"] = chain.delegate_to_sub_agent("session", other.access_token)
    assert len(chain.parse_actor_chain(chain._delegated_tokens["session"])) == 3
    error = refused(
        LumoAuthPermissionDeniedError, lambda: chain.delegate_to_sub_agent("session", others[1].access_token)
    )
    assert "max depth: 3" in str(error)


# JitApi, the generated client


def api_of(authority: Authority, token: str | None) -> JitApi:
    configuration = lumoauth_api_client.Configuration(host=authority.url, access_token=token)
    return JitApi(lumoauth_api_client.ApiClient(configuration))


def no(call: Callable[[], Any], status: int) -> None:
    refused(lumoauth_api_client.ApiException, call, status=status)


def request_of(task: str | None, details: dict[str, Any] | None = READ, **more: Any) -> models.RequestPermissionRequest:
    return models.RequestPermissionRequest(task_id=task, authorization_details=details, **more)


def generated_tasks(authority: Authority) -> None:
    api, stranger = api_of(authority, agent(authority).access_token), api_of(authority, "nonsense")
    task = api.create_task(ORG, models.CreateTaskRequest(name="parent", type="research"))
    assert task.task_id and task.caep_session_id and isinstance(task.expires_at, datetime.datetime)
    assert task.agent_id == "agt_x" and task.agent and task.agent["id"] == "agt_x"
    assert api.create_task(ORG).task_id, "the body is optional"
    child = api.create_task(ORG, models.CreateTaskRequest(parent_task_id=task.task_id, on_behalf_of=USER))
    assert child.on_behalf_of == USER
    no(lambda: api.create_task(ORG, models.CreateTaskRequest(parent_task_id="task_of_nobody")), 404)
    no(lambda: stranger.create_task(ORG), 401)
    no(lambda: api.create_task("other-org"), 404)
    done = api.complete_task(ORG, task.task_id)
    assert (done.task_id, done.status) == (task.task_id, "completed")
    assert isinstance(done.completed_at, datetime.datetime)
    no(lambda: api.request_permission(ORG, request_of(child.task_id)), 409)
    no(lambda: api.complete_task(ORG, "task_of_nobody"), 404)
    no(lambda: stranger.complete_task(ORG, task.task_id), 401)
    again = api.create_task(ORG)
    assert api.evaluate_task(ORG, again.task_id)["task_id"] == again.task_id
    no(lambda: api.evaluate_task(ORG, "task_of_nobody"), 404)
    no(lambda: stranger.evaluate_task(ORG, again.task_id), 401)


def generated_requests(authority: Authority) -> None:
    api, stranger = api_of(authority, agent(authority).access_token), api_of(authority, "nonsense")
    task = api.create_task(ORG).task_id
    granted = api.request_permission(ORG, request_of(task, justification="because", requested_ttl=60))
    assert (granted.status, granted.granted_ttl, granted.task_id) == ("approved", 60, task)
    status = api.get_request_status(ORG, granted.request_id)
    assert (status.status, status.risk_level, status.has_notes) == ("approved", "low", False)
    token = api.get_request_token(ORG, granted.request_id)
    assert token.access_token and (token.token_type, token.expires_in) == ("Bearer", 60)
    waiting = api.request_permission(ORG, request_of(task, DELETE, callback_url="http://127.0.0.1:9/jit"))
    assert waiting.status == "pending" and isinstance(waiting.expires_at, datetime.datetime)
    status = api.get_request_status(ORG, waiting.request_id)
    assert (status.status, status.delegation_consent_required) == ("pending", False)
    no(lambda: api.get_request_token(ORG, waiting.request_id), 409)
    no(lambda: api.request_permission(ORG, request_of(None)), 400)
    no(lambda: api.request_permission(ORG, request_of(task, None)), 400)
    no(lambda: api.request_permission(ORG, request_of(task, DELETE, callback_url="https://evil.example/")), 400)
    no(lambda: api.request_permission(ORG, request_of("task_of_nobody")), 404)
    no(lambda: stranger.request_permission(ORG, request_of(task)), 401)
    for call in [api.get_request_status, api.get_request_token]:
        no(lambda: call(ORG, "jitreq_of_nobody"), 404)
    for call in [stranger.get_request_status, stranger.get_request_token]:
        no(lambda: call(ORG, granted.request_id), 401)
    other = api_of(authority, agent(authority, PLAIN).access_token)
    no(lambda: other.get_request_status(ORG, granted.request_id), 404)
    api.complete_task(ORG, task)


def generated_reviews(authority: Authority) -> None:
    own, reviewer = api_of(authority, agent(authority).access_token), api_of(authority, REVIEWER)
    stranger = api_of(authority, "nonsense")
    task = own.create_task(ORG).task_id
    first, second = (own.request_permission(ORG, request_of(task, DELETE)).request_id for _ in range(2))
    pending = reviewer.list_pending_requests(ORG)
    assert pending.count == len(pending.data) == len(pending.pending_requests) and pending.pagination
    assert {first, second} <= {one["request_id"] for one in pending.data}
    for call in [
        lambda api: api.list_pending_requests(ORG),
        lambda api: api.approve_request(ORG, first),
        lambda api: api.deny_request(ORG, first),
    ]:
        no(lambda: call(own), 403)
        no(lambda: call(stranger), 401)
    approval = models.ApproveRequestRequest(ttl=30, notes="for the staff", agent_message="go on")
    approved = reviewer.approve_request(ORG, first, approval)
    assert (approved.request_id, approved.status, approved.granted_ttl) == (first, "approved", 30)
    denial = models.DenyRequestRequest(reason="for the staff", agent_message="not now")
    denied = reviewer.deny_request(ORG, second, denial)
    assert (denied.request_id, denied.status) == (second, "denied")
    status = own.get_request_status(ORG, second)
    assert (status.status, status.agent_message, status.has_notes) == ("denied", "not now", True)
    for call in [reviewer.approve_request, reviewer.deny_request]:
        no(lambda: call(ORG, "jitreq_of_nobody"), 404)
        no(lambda: call(ORG, first), 409)
    no(lambda: reviewer.approve_request(ORG, first, models.ApproveRequestRequest(ttl=0)), 400)
    own.complete_task(ORG, task)


CHECKS = [value for name, value in list(globals().items()) if name.startswith(("agent_", "context_", "generated_"))]


def every_method_is_called() -> None:
    """A new version of a package, or a check that went missing, would leave a method out."""
    source = open(__file__).read()
    agents = {"authenticate", "ensure_authenticated", "get_agent_info", "has_capability", "get_budget_status"}
    agents |= {"is_budget_exhausted", "ask", "is_allowed", "get_identity"}
    assert all(callable(getattr(LumoAuthAgent, name)) for name in agents)
    methods = {
        LumoAuthAgent: agents,
        JITContext: {name for name in vars(JITContext) if not name.startswith("_") and callable(getattr(JITContext, name))},
        JitApi: {name for name in vars(JitApi) if not name.startswith("_") and not name.endswith(("_info", "_content"))},
    }
    for kind, names in methods.items():
        assert names, kind
        for name in names:
            assert re.search(rf"\.{name}\b", source), f"{kind.__name__}.{name} is not called"


def main() -> None:
    every_method_is_called()
    for check in [*CHECKS, chains_are_three_deep]:
        # Each has an authority of its own, for its limits and its budgets; the chain finds one budget spent.
        with Authority(sys.argv[1], *OPTIONS) as authority:
            if check is chains_are_three_deep:
                agent_budget(authority)
            check(authority)
        print(f"   {check.__name__}")
    print(f"{len(CHECKS) + 1} checks passed")


if __name__ == "__main__":
    main()
