//! What a file keeps. That it does so also after `kill -9` is shown on the process itself.

use std::path::PathBuf;

use serde_json::json;

use super::*;

/// A file that goes with the test.
struct Kept(PathBuf);

impl Kept {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("jit-authority-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        Self(folder.join("store.db"))
    }

    async fn start(&self) -> Bench {
        Bench::build(|builder| builder.store_file(&self.0)).await
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let kept = Kept::new("everything");
    let bench = kept.start().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    let granted = text(&bench.ask(&agent, &task, "read").await, "request_id");
    let token = text(&bench.exchange(&agent, &granted).await.json(), "access_token");
    let revoked = bench.agent_token("b").await;
    let pairs = [("client_id", "agt_b"), ("client_secret", "secret b"), ("token", revoked.as_str())];
    bench.form("/orgs/acme-corp/api/v1/oauth/revoke", &pairs).await;
    let pending = text(&bench.ask(&agent, &task, "delete").await, "request_id");
    let events = bench.authority.audit().len();
    bench.authority.shutdown().await;

    let bench = kept.start().await;
    assert_eq!(bench.authority.audit().len(), events);
    assert!(bench.is_active(&token).await && !bench.is_active(&revoked).await);
    assert_eq!(bench.authority.pending().len(), 1);
    bench.authority.approve(&pending).await.unwrap();
    assert_eq!(bench.exchange(&agent, &pending).await.status, StatusCode::OK);
    let info = bench.api("GET", "/oauth/userinfo", &agent, json!(null)).await.json();
    assert_eq!(info["budget_policy"]["tokens_used_today"], 2);
    bench.api("POST", &format!("/jit/task/{task}/complete"), &agent, json!(null)).await;
    bench.authority.shutdown().await;

    let bench = kept.start().await;
    assert!(!bench.is_active(&token).await);
    assert!(bench.authority.live_tokens().is_empty());
    let bytes = std::fs::read(&kept.0).unwrap();
    for secret in [agent.as_str(), token.as_str(), "secret a"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&kept.0).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_could_read_is_taken_from_them_before_the_key_is_in_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let kept = Kept::new("private");
    std::fs::write(&kept.0, "").unwrap();
    std::fs::set_permissions(&kept.0, std::fs::Permissions::from_mode(0o644)).unwrap();
    kept.start().await.authority.shutdown().await;
    assert_eq!(std::fs::metadata(&kept.0).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_and_no_folder_of_others_holds_the_store() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let kept = Kept::new("links");
    let folder = kept.0.parent().unwrap();
    let start = || LocalAuthority::builder().store_file(&kept.0).start();
    let target = folder.join("somebody's");
    std::fs::write(&target, "").unwrap();
    for ending in ["", "-wal", "-shm", "-journal"] {
        let link = format!("{}{ending}", kept.0.display());
        symlink(&target, &link).unwrap();
        let error = start().await.unwrap_err().to_string();
        assert!(error.contains("it is a symbolic link"), "{ending} {error}");
        std::fs::remove_file(link).unwrap();
    }
    assert!(std::fs::read(&target).unwrap().is_empty());
    for mode in [0o770, 0o1777] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = start().await.unwrap_err().to_string();
        assert!(error.contains("others may write into the folder"), "{mode:o} {error}");
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    // A link on the way there is the owner's own matter.
    let way = folder.with_extension("way");
    let _ = std::fs::remove_file(&way);
    symlink(folder, &way).unwrap();
    let authority = LocalAuthority::builder().store_file(way.join("store.db")).start().await;
    std::fs::remove_file(&way).unwrap();
    authority.unwrap().shutdown().await;
    assert!(kept.0.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn the_audit_file_is_its_owners_alone_and_no_link_is_followed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let kept = Kept::new("audit");
    let folder = kept.0.parent().unwrap();
    let (new, old, link) = (folder.join("new"), folder.join("old"), folder.join("link"));
    std::fs::write(&old, "before\n").unwrap();
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o644)).unwrap();
    for file in [&new, &old] {
        let bench = Bench::build(|builder| builder.audit_file(file)).await;
        bench.agent_token("a").await;
        bench.authority.shutdown().await;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::fs::read_to_string(file).unwrap().contains("token_issued"));
    }
    assert!(std::fs::read_to_string(&old).unwrap().starts_with("before\n"));
    symlink(&old, &link).unwrap();
    let error = LocalAuthority::builder().audit_file(&link).start().await.unwrap_err().to_string();
    assert!(error.contains("symbolic link"), "{error}");
}

/// Starts with these clients (an id and a secret) and users, and whatever else is set.
async fn start_with(
    kept: &Kept,
    clients: &[(&str, &str)],
    users: &[&str],
    set: impl FnOnce(LocalAuthorityBuilder) -> LocalAuthorityBuilder,
) -> Bench {
    let clock = Arc::new(HandClock::default());
    let builder = LocalAuthority::builder().store_file(&kept.0).clock(clock.clone());
    let builder = clients.iter().fold(builder, |builder, (id, secret)| builder.client(*id, *secret));
    let builder = users.iter().fold(builder, |builder, user| builder.user(*user));
    let authority = set(builder).start().await.unwrap();
    Bench { authority, clock, transport: HttpTransport::new().unwrap(), base: "/orgs/acme-corp/api/v1" }
}

const A: (&str, &str) = ("agt_a", "secret a");
const B: (&str, &str) = ("agt_b", "secret b");

#[tokio::test]
async fn a_client_that_is_not_named_any_more_neither_logs_in_nor_keeps_anything() {
    for named in [&[B][..], &[]] {
        let kept = Kept::new("unnamed");
        let bench = start_with(&kept, &[A, B], &[], |builder| builder).await;
        let agent = bench.agent_token("a").await;
        let task = bench.task(&agent).await;
        let request = text(&bench.ask(&agent, &task, "read").await, "request_id");
        bench.exchange(&agent, &request).await;
        bench.ask(&agent, &task, "delete").await;
        let other = bench.agent_token("b").await;
        bench.authority.shutdown().await;

        let bench = start_with(&kept, named, &[], |builder| builder).await;
        assert!(bench.authority.shared.authenticate(A.0, A.1).is_none());
        assert_eq!(bench.api("POST", "/jit/task", &agent, json!(null)).await.status, StatusCode::UNAUTHORIZED);
        assert!(bench.authority.live_tokens().is_empty() && bench.authority.pending().is_empty());
        // The one that stayed goes on.
        let goes_on = bench.api("POST", "/jit/task", &other, json!(null)).await.status == StatusCode::CREATED;
        assert_eq!(goes_on, !named.is_empty());
        bench.authority.shutdown().await;

        // What was ended stays so, also where the client is named again.
        let bench = start_with(&kept, &[A, B], &[], |builder| builder).await;
        assert!(!bench.is_active(&agent).await && bench.authority.live_tokens().is_empty());
        let agent = bench.agent_token("a").await;
        let request = bench.api("POST", &format!("/jit/request/{request}/token"), &agent, json!(null)).await;
        assert_eq!(request.json()["code"], "task_suspended");
    }
}

#[tokio::test]
async fn a_client_with_another_secret_keeps_no_token_and_goes_on_with_its_tasks() {
    let kept = Kept::new("secret");
    let bench = start_with(&kept, &[("agt_a", "stolen"), B], &[], |builder| builder).await;
    let pairs = [("grant_type", "client_credentials"), ("client_id", "agt_a"), ("client_secret", "stolen")];
    let answer = bench.form("/orgs/acme-corp/api/v1/oauth/token", &pairs).await;
    let stolen = text(&answer.json(), "access_token");
    let task = bench.task(&stolen).await;
    let request = text(&bench.ask(&stolen, &task, "read").await, "request_id");
    bench.exchange(&stolen, &request).await;
    bench.authority.shutdown().await;

    let bench = start_with(&kept, &[A, B], &[], |builder| builder).await;
    assert!(!bench.is_active(&stolen).await && bench.authority.live_tokens().is_empty());
    let agent = bench.agent_token("a").await;
    assert_eq!(bench.exchange(&agent, &request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_capability_or_a_user_that_is_gone_takes_its_tokens_along() {
    let kept = Kept::new("capability");
    let capabilities = |names: &'static [&'static str]| {
        move |builder: LocalAuthorityBuilder| builder.capabilities("agt_a", names.iter().map(|name| (*name).to_owned()))
    };
    let set = capabilities(&["delegate:on_behalf", "read:documents"]);
    let bench = start_with(&kept, &[A, B], &["ann@acme.com"], set).await;
    let wide = bench.agent_token("a").await;
    let pairs = [("grant_type", "client_credentials"), ("client_id", A.0), ("client_secret", A.1)];
    let narrow = [&pairs[..], &[("scope", "delegate:on_behalf")]].concat();
    let narrow = text(&bench.form("/orgs/acme-corp/api/v1/oauth/token", &narrow).await.json(), "access_token");
    let ann = bench.user_token().await;
    let for_ann = text(&bench.delegate(&ann, &wide, &[]).await.json(), "access_token");
    let narrow_for_ann = text(&bench.delegate(&ann, &narrow, &[]).await.json(), "access_token");
    bench.authority.shutdown().await;

    let set = capabilities(&["delegate:on_behalf"]);
    let bench = start_with(&kept, &[A, B], &["ann@acme.com"], set).await;
    let active = [&wide, &narrow, &ann, &for_ann, &narrow_for_ann]
        .map(|token| bench.authority.shared.live_token(token).is_some());
    assert_eq!(active, [false, true, true, false, true], "one capability less");
    bench.authority.shutdown().await;

    let bench = start_with(&kept, &[A, B], &["ann@acme.com"], capabilities(&[])).await;
    let active = [&narrow, &ann, &narrow_for_ann].map(|token| bench.authority.shared.live_token(token).is_some());
    assert_eq!(active, [false, true, false], "no capability");
    bench.authority.shutdown().await;

    let bench = start_with(&kept, &[A, B], &[], capabilities(&[])).await;
    assert!(bench.authority.shared.live_token(&ann).is_none(), "no user");
}

#[tokio::test]
async fn a_file_that_is_of_no_use_is_named_with_the_reason() {
    let kept = Kept::new("faults");
    let bench = kept.start().await;
    let start = |org: &'static str| LocalAuthority::builder().store_file(&kept.0).org(org).start();
    let error = start("acme-corp").await.unwrap_err().to_string();
    assert!(error.contains("in use by another process"), "{error}");
    bench.authority.shutdown().await;
    drop(bench.transport);

    let error = start("other").await.unwrap_err().to_string();
    assert!(error.contains("of the organisation `acme-corp`"), "{error}");
    {
        let connection = rusqlite::Connection::open(&kept.0).unwrap();
        connection.execute("INSERT INTO tasks (id, record) VALUES ('task_1', '{}')", []).unwrap();
    }
    let error = start("acme-corp").await.unwrap_err().to_string();
    assert!(error.contains("a tasks record that cannot be read"), "{error}");
    std::fs::write(&kept.0, "no database at all, but long enough to be looked at as one").unwrap();
    let error = start("acme-corp").await.unwrap_err().to_string();
    assert!(error.contains("cannot be used"), "{error}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_any_more_fails_every_answer() {
    let kept = Kept::new("full");
    let bench = kept.start().await;
    let agent = bench.agent_token("a").await;
    bench.authority.shared.disk.as_ref().unwrap().close();
    let answer = bench.api("POST", "/jit/task", &agent, json!(null)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["code"], "temporarily_unavailable");
    assert!(bench.authority.user_token("ann@acme.com").await.is_none());
}
