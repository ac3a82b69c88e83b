//! The description names every call there is. That each is as described is for schemathesis to show.

use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn every_call_is_described_and_every_described_call_is_there() {
    let routes = include_str!("../routes.rs");
    let served: BTreeSet<(String, String)> = routes
        .split(".route(\"")
        .skip(1)
        .filter_map(|route| {
            let (path, rest) = route.split_once("\", ")?;
            let (method, _) = rest.split_once('(')?;
            Some((path.to_owned(), method.to_owned()))
        })
        .filter(|(path, _)| path != "/openapi.json")
        .collect();
    let bench = Bench::with(PathStyles::TenantsOnly).await;
    let document = bench.fetch(&format!("{}/openapi.json", bench.authority.url())).await;
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let path = path.replace("{task_id}", "{id}").replace("{request_id}", "{id}");
            let methods = item.as_object().unwrap().keys().filter(|name| *name != "servers");
            methods.map(move |method| (path.clone(), method.clone())).collect::<Vec<_>>()
        })
        .collect();
    assert!(served.len() > 15, "{served:?}");
    assert_eq!(served, described);
    assert_eq!(document["servers"], serde_json::json!([{ "url": "/t/acme-corp/api/v1" }]));
}
