//! What a person has: the reviewer's token, a link, a session, its forms; and the news of a decision.

use axum::{
    body::Bytes,
    http::{Request, StatusCode, header},
};
use jit_tools::AccessToken;
use serde_json::{Value, json};

use crate::{world::World, written::written};

/// A request of the agent that waits for a person, whose decision is told to a receiver: its id.
async fn ask(world: &World, agent: &AccessToken, task: &str) -> String {
    let request = json!({
        "task_id": task,
        "authorization_details": {"type": "note", "actions": ["delete"], "identifier": "n1"},
        "callback_url": format!("{}/hook", world.hooks_url),
    });
    let url = format!("{}/orgs/{}/api/v1/jit/request", world.authority.url(), world.authority.org());
    let request = Request::post(url)
        .header("authorization", agent.bearer().unwrap())
        .header("content-type", "application/json")
        .body(Bytes::from(request.to_string()))
        .unwrap();
    let answer = world.transport.exchange(request).await;
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    answer["request_id"].as_str().unwrap().to_owned()
}

async fn exchange(world: &World, request: http::request::Builder, body: String) -> http::Response<Bytes> {
    let request = request.body(Bytes::from(body)).unwrap();
    let answer = world.transport.exchange(request).await;
    written().add_debug(answer.status());
    answer
}

#[tokio::test]
async fn a_reviewer_who_decides_by_http_writes_no_secret() {
    let mut world = World::start().await;
    let jit = world.task().await;
    let reviewer = world.authority.reviewer_token();
    world.transport.note(reviewer.expose());
    let agent = jit.agent().access_token().await.unwrap();
    let base = format!("{}/orgs/{}/api/v1", world.authority.url(), world.authority.org());
    for decision in ["approve", "deny"] {
        let id = ask(&world, &agent, jit.task_id().as_str()).await;
        // The agent's own token decides nothing, and neither does the reviewer's elsewhere.
        for (bearer, path, expected) in [
            (&agent, format!("{base}/jit/{decision}/{id}"), StatusCode::FORBIDDEN),
            (&reviewer, format!("{base}/jit/{decision}/none"), StatusCode::NOT_FOUND),
            (&reviewer, format!("{base}/jit/{decision}/{id}"), StatusCode::OK),
        ] {
            let request = Request::post(path)
                .header("authorization", bearer.bearer().unwrap())
                .header("content-type", "application/json");
            let answer = exchange(&world, request, "{}".to_owned()).await;
            assert_eq!(answer.status(), expected);
            written().add_debug(answer.body());
        }
        // The receiver checks the signature with the key, which is not sent.
        let (headers, body) = world.hooks.recv().await.unwrap();
        assert!(headers.contains_key("webhook-signature"));
        written().add_debug((headers, body));
    }
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}

#[tokio::test]
async fn a_person_who_logs_in_and_decides_on_the_page_writes_no_secret() {
    let world = World::start().await;
    let jit = world.task().await;
    let agent = jit.agent().access_token().await.unwrap();
    let id = ask(&world, &agent, jit.task_id().as_str()).await;

    let link = world.authority.login_link();
    let page_url = link.split("/login").next().unwrap().to_owned();
    world.transport.note(link.rsplit('=').next().unwrap());
    let answer = exchange(&world, Request::get(&link), String::new()).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    world.transport.note(cookie.rsplit('=').next().unwrap());
    let root = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    world.transport.note(root.rsplit('/').nth(1).unwrap());
    let page =
        exchange(&world, Request::get(format!("{page_url}{root}")).header(header::COOKIE, &cookie), String::new())
            .await;
    let page = String::from_utf8_lossy(page.body()).into_owned();
    let csrf = page.split(r#"name="csrf" value=""#).nth(1).unwrap().split('"').next().unwrap();
    world.transport.note(csrf);
    let shown = page.split(r#"name="request_digest" value=""#).nth(1).unwrap().split('"').next().unwrap();

    for (csrf, expected) in [("guess", StatusCode::FORBIDDEN), (csrf, StatusCode::SEE_OTHER)] {
        let form = Request::post(format!("{page_url}{root}requests/{id}/approve"))
            .header(header::COOKIE, &cookie)
            .header(header::ORIGIN, &page_url)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = exchange(&world, form, format!("csrf={csrf}&request_digest={shown}")).await;
        assert_eq!(answer.status(), expected, "{}", String::from_utf8_lossy(answer.body()));
    }
    // The link is gone, and says so without repeating itself.
    let again = exchange(&world, Request::get(&link), String::new()).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    written().add_debug(again.body());
    jit.complete_task().await.unwrap();
    world.assert_nothing_leaked();
}
