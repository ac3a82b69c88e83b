//! From words to options.

use std::{collections::BTreeMap, ffi::OsString, mem, net::SocketAddr, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt as _};

use crate::{
    local_authority::{RateLimits, builder::DEFAULT_ORG},
    origin::Origin,
    secret::AccessToken,
};

const DEFAULT_LISTEN: &str = "127.0.0.1:8417";
const SECRET_VARIABLE: &str = "AGENT_CLIENT_SECRET";
/// Where the reviewer's token is given, to the authority and to whoever reviews from a terminal.
pub(super) const REVIEWER_VARIABLE: &str = "JIT_AUTHORITY_REVIEWER_TOKEN";
const CLIENT_VARIABLE: &str = "AGENT_CLIENT_ID";

const HELP: &str = "\
An authority for agents on this machine, for development and tests.

Usage: jit-authority [OPTION]...
       jit-authority COMMAND [--json] [--url URL] [--org NAME]

Commands, for the person who reviews what agents of a running authority ask for:
  pending                what waits for a decision, in short
  show ID                one request, with every member of what is asked for
  approve ID             show a request and approve it [--ttl SECONDS, at most what was asked for] [--message TEXT the
                         agent may read] [--note TEXT for the staff] [--digest DIGEST of what `show` printed, to
                         approve nothing else]; one of critical risk is only shown, unless it is approved with
                         --critical
  deny ID                deny a request [--message TEXT] [--note TEXT]
  tasks                  the tasks, with what each holds
  audit                  what happened
  revoke TASK            stop a task and those below it, and revoke their tokens
  link                   a new link to the page; each logs in once
After two denials of a task, or of its agent within an hour, its next requests are of critical risk, whatever they are
for; the third denial suspends the task.
They print a table, or what the authority answered with --json. The URL is that of LUMOAUTH_URL [default:
http://127.0.0.1:8417], the organisation that of LUMOAUTH_ORG_ID, and the reviewer's token that of
JIT_AUTHORITY_REVIEWER_TOKEN, so that it does not stand in the list of processes.

Options:
  --listen ADDRESS:PORT  where to listen; a loopback address, and port 0 picks a free one [default: 127.0.0.1:8417].
                         Of 127.0.0.1 and ::1 both are taken, since the page's name leads to either
  --org NAME             the organisation in the paths [default: acme-corp]
  --client ID[:SECRET]   an agent that may log in; may be given several times. Without a secret it is taken from
                         AGENT_CLIENT_SECRET, so that it does not stand in the list of processes
                         [default: AGENT_CLIENT_ID with AGENT_CLIENT_SECRET, or else agt_local with a random secret]
  --capability ID=NAME   what an agent may do, such as read:documents, instead of delegate:on_behalf; may be given
                         several times, and ID= alone takes everything away
  --budget ID=TOKENS     how many tokens an agent is issued a day, for tasks and on behalf of users [default: 1000000]
  --low-risk-type TYPE   a type of permission whose content is harmless to read, beside document, note and the like;
                         may be given several times. Of other types, a request is of medium risk at least
  --user EMAIL           a user for whom agents may act; the user's token is printed at the start
  --token-calls NUMBER   how many calls of one client to the token endpoint are answered a minute [default: 30]
  --api-calls NUMBER     how many other calls of one agent are answered a minute [default: 6000]
  --webhook-origin URL   an origin where the callback_url of a request may be; may be given several times
  --store FILE           keep tasks, requests, the ids of tokens, the audit log and the signing key in a file; clients
                         and users are those of this command line [default: in memory]
  --audit FILE           append the audit log to a file, one JSON object a line; - is standard output. Where it cannot
                         be written, nothing is granted
  -h, --help             print this
  -V, --version          print the version

The first line on standard output is `ready URL`; the next one is the link of the person who approves or denies, and
after it come the reviewer's token for calls by HTTP (a random one, or JIT_AUTHORITY_REVIEWER_TOKEN where that is set)
and what an agent needs.
Without --store, state and keys are in memory, and a restart forgets everything. Ctrl-C or SIGTERM ends it.

Set these for an agent:
  LUMOAUTH_URL=http://127.0.0.1:8417
  LUMOAUTH_ORG_ID=acme-corp
  AGENT_CLIENT_ID=agt_x
  AGENT_CLIENT_SECRET=the secret of that client
";

/// What the command line asks for.
pub(super) enum Command {
    Run(Options),
    Review(Call),
    Print(String),
}

pub(super) struct Options {
    pub(super) listen: SocketAddr,
    pub(super) org: String,
    pub(super) clients: Vec<(String, String)>,
    pub(super) capabilities: BTreeMap<String, Vec<String>>,
    pub(super) budgets: Vec<(String, u64)>,
    pub(super) users: Vec<String>,
    pub(super) low_risk_types: Vec<String>,
    pub(super) limits: RateLimits,
    pub(super) webhook_origins: Vec<Origin>,
    pub(super) reviewer_token: Option<AccessToken>,
    pub(super) store: Option<PathBuf>,
    pub(super) audit: Option<PathBuf>,
}

/// Reads the command line; a fault is a sentence without its full stop. No sentence repeats a value that may hold a
/// secret.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    let mut parser = Parser::from_iter(arguments);
    let mut nothing_before = true;
    let mut listen = DEFAULT_LISTEN.to_owned();
    let mut org = DEFAULT_ORG.to_owned();
    let mut clients = Vec::new();
    let mut capabilities: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut budgets = Vec::new();
    let mut users = Vec::new();
    let mut low_risk_types = Vec::new();
    let mut limits = RateLimits::default();
    let mut webhook_origins = Vec::new();
    let mut store = None;
    let mut audit = None;

    while let Some(argument) = parser.next().map_err(|_| "an option has a value that takes none".to_owned())? {
        let is_first = mem::take(&mut nothing_before);
        match argument {
            Arg::Long("listen") => listen = text(&mut parser, "--listen")?,
            Arg::Long("org") => org = text(&mut parser, "--org")?,
            Arg::Long("client") => clients.push(text(&mut parser, "--client")?),
            Arg::Long("capability") => {
                let (id, name) = pair(&mut parser, "--capability", "ID=NAME")?;
                capabilities.entry(id).or_default().extend(Some(name).filter(|name| !name.is_empty()));
            }
            Arg::Long("budget") => {
                let (id, tokens) = pair(&mut parser, "--budget", "ID=TOKENS")?;
                budgets.push((id, tokens.parse().map_err(|_| "--budget takes ID=TOKENS, a number".to_owned())?));
            }
            Arg::Long("low-risk-type") => low_risk_types.push(text(&mut parser, "--low-risk-type")?),
            Arg::Long("user") => users.push(text(&mut parser, "--user")?),
            Arg::Long("token-calls") => limits.token_calls = number(&mut parser, "--token-calls")?,
            Arg::Long("api-calls") => limits.api_calls = number(&mut parser, "--api-calls")?,
            Arg::Long("webhook-origin") => {
                let origin = text(&mut parser, "--webhook-origin")?;
                let fault = |_| "--webhook-origin takes an origin such as https://hooks.example.com".to_owned();
                webhook_origins.push(Origin::try_from(origin.as_str()).map_err(fault)?);
            }
            Arg::Long("store") => {
                store = Some(PathBuf::from(parser.value().map_err(|_| "--store needs a value".to_owned())?));
            }
            Arg::Long("audit") => {
                audit = Some(PathBuf::from(parser.value().map_err(|_| "--audit needs a value".to_owned())?));
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Arg::Short('V') | Arg::Long("version") => {
                return Ok(Command::Print(format!("jit-authority {}\n", env!("CARGO_PKG_VERSION"))));
            }
            Arg::Short(option) => return Err(format!("there is no option -{option}")),
            Arg::Long(option) => return Err(format!("there is no option --{option}")),
            Arg::Value(word) if is_first => {
                let word = word.to_string_lossy().into_owned();
                return review(&word, parser, variable).map(Command::Review);
            }
            Arg::Value(_) => return Err("there is a value without an option before it".to_owned()),
        }
    }
    let listen = listen
        .parse()
        .map_err(|_| format!("--listen takes an address and a port such as {DEFAULT_LISTEN}, not `{listen}`"))?;
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let clients = clients
        .into_iter()
        .map(|client| match client.split_once(':') {
            Some((id, secret)) => Ok((id.to_owned(), secret.to_owned())),
            None => given(SECRET_VARIABLE)
                .map(|secret| (client, secret))
                .ok_or_else(|| format!("--client takes ID:SECRET, or ID alone with {SECRET_VARIABLE} set")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let clients = if clients.is_empty() {
        given(CLIENT_VARIABLE).zip(given(SECRET_VARIABLE)).into_iter().collect()
    } else {
        clients
    };
    let reviewer_token = given(REVIEWER_VARIABLE).map(AccessToken::new);
    Ok(Command::Run(Options {
        listen,
        org,
        clients,
        capabilities,
        budgets,
        users,
        low_risk_types,
        limits,
        webhook_origins,
        reviewer_token,
        store,
        audit,
    }))
}

/// What a reviewer asks of a running authority.
pub(super) struct Call {
    pub(super) action: Action,
    pub(super) json: bool,
    pub(super) url: String,
    pub(super) org: String,
    pub(super) token: AccessToken,
}

/// What a reviewer can do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    Pending,
    Show { id: String },
    Approve { id: String, terms: Terms, words: Words },
    Deny { id: String, words: Words },
    Tasks,
    Audit,
    Revoke { task: String },
    Link,
}

/// What holds for an approval.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// For how many seconds, where it is not for as long as was asked.
    pub(super) ttl: Option<u64>,
    /// The digest of what the reviewer read before.
    pub(super) digest: Option<String>,
    /// Whether a critical risk is accepted.
    pub(super) critical: bool,
}

/// What a reviewer says beside a decision.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) message: Option<String>,
    pub(super) note: Option<String>,
}

fn review(word: &str, mut parser: Parser, variable: impl Fn(&str) -> Option<String>) -> Result<Call, String> {
    let takes_id = match word {
        "show" | "approve" | "deny" | "revoke" => true,
        "pending" | "tasks" | "audit" | "link" => false,
        _ => return Err("there is no such command".to_owned()),
    };
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let mut url = given("LUMOAUTH_URL").unwrap_or_else(|| format!("http://{DEFAULT_LISTEN}"));
    let mut org = given("LUMOAUTH_ORG_ID").unwrap_or_else(|| DEFAULT_ORG.to_owned());
    let says_words = ["approve", "deny"].contains(&word);
    let (mut json, mut terms, mut words, mut id) = (false, Terms::default(), Words::default(), None);
    while let Some(argument) = parser.next().map_err(|_| "an option has a value that takes none".to_owned())? {
        match argument {
            Arg::Long("json") => json = true,
            Arg::Long("url") => url = text(&mut parser, "--url")?,
            Arg::Long("org") => org = text(&mut parser, "--org")?,
            Arg::Long("ttl") if word == "approve" => {
                let seconds = text(&mut parser, "--ttl")?;
                terms.ttl = Some(seconds.parse().map_err(|_| "--ttl takes a number of seconds".to_owned())?);
            }
            Arg::Long("digest") if word == "approve" => terms.digest = Some(text(&mut parser, "--digest")?),
            Arg::Long("critical") if word == "approve" => terms.critical = true,
            Arg::Long("message") if says_words => words.message = Some(text(&mut parser, "--message")?),
            Arg::Long("note") if says_words => words.note = Some(text(&mut parser, "--note")?),
            Arg::Value(value) if takes_id && id.is_none() => id = Some(value.to_string_lossy().into_owned()),
            Arg::Short(option) => return Err(format!("there is no option -{option} of {word}")),
            Arg::Long(option) => return Err(format!("there is no option --{option} of {word}")),
            Arg::Value(_) => return Err(format!("there is a value too much after {word}")),
        }
    }
    let needed = |id: Option<String>| id.ok_or_else(|| format!("{word} needs an id"));
    let action = match word {
        "show" => Action::Show { id: needed(id)? },
        "approve" => Action::Approve { id: needed(id)?, terms, words },
        "deny" => Action::Deny { id: needed(id)?, words },
        "revoke" => Action::Revoke { task: needed(id)? },
        "tasks" => Action::Tasks,
        "audit" => Action::Audit,
        "link" => Action::Link,
        _ => Action::Pending,
    };
    let token = given(REVIEWER_VARIABLE).ok_or_else(|| {
        format!("{REVIEWER_VARIABLE} is not set: take the value that the authority printed at its start")
    })?;
    Ok(Call { action, json, url, org, token: AccessToken::new(token) })
}

/// The two halves of a value with an equals sign.
fn pair(parser: &mut Parser, option: &str, form: &str) -> Result<(String, String), String> {
    let value = text(parser, option)?;
    let (id, rest) = value.split_once('=').ok_or_else(|| format!("{option} takes {form}"))?;
    Ok((id.to_owned(), rest.to_owned()))
}

fn number(parser: &mut Parser, option: &str) -> Result<u32, String> {
    text(parser, option)?.parse().map_err(|_| format!("{option} takes a number"))
}

fn text(parser: &mut Parser, option: &str) -> Result<String, String> {
    parser
        .value()
        .map_err(|_| format!("{option} needs a value"))?
        .string()
        .map_err(|_| format!("the value of {option} is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str], variables: &[(&str, &str)]) -> Result<Options, String> {
        let words = std::iter::once("jit-authority").chain(words.iter().copied()).map(OsString::from);
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        match parse(words, variable)? {
            Command::Run(options) => Ok(options),
            Command::Print(text) => Err(text),
            Command::Review(call) => Err(format!("{:?}", call.action)),
        }
    }

    #[test]
    fn every_value_has_a_default() {
        let options = options(&[], &[]).unwrap();
        assert_eq!(options.listen.to_string(), DEFAULT_LISTEN);
        assert_eq!((options.org.as_str(), options.clients.len()), ("acme-corp", 0));
        assert!(options.audit.is_none());
    }

    #[test]
    fn a_secret_may_come_from_the_environment_and_may_hold_colons() {
        let variables = [("AGENT_CLIENT_SECRET", "from env")];
        let options = options(&["--client", "agt_x:a:b", "--client=agt_y"], &variables).unwrap();
        let pair = |id: &str, secret: &str| (id.to_owned(), secret.to_owned());
        assert_eq!(options.clients, [pair("agt_x", "a:b"), pair("agt_y", "from env")]);
    }

    #[test]
    fn values_are_added_up_and_capabilities_may_be_none() {
        let words = ["--capability", "a=x", "--capability", "a=y:z", "--capability", "b=", "--low-risk-type", "manual"];
        let options = options(&words, &[("JIT_AUTHORITY_REVIEWER_TOKEN", "a reviewer's token")]).unwrap();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(options.capabilities["a"], list(&["x", "y:z"]));
        assert_eq!(options.capabilities["b"], list(&[]));
        assert_eq!(options.reviewer_token.unwrap().expose(), "a reviewer's token");
        assert_eq!(options.low_risk_types, ["manual"]);
    }

    #[test]
    fn without_a_client_the_agents_own_variables_name_one() {
        let variables = [("AGENT_CLIENT_ID", "agt_e"), ("AGENT_CLIENT_SECRET", "s")];
        assert_eq!(options(&[], &variables).unwrap().clients, [("agt_e".to_owned(), "s".to_owned())]);
        assert!(options(&[], &variables[..1]).unwrap().clients.is_empty());
    }

    #[test]
    fn a_reviewer_gives_a_command() {
        let variables = [("JIT_AUTHORITY_REVIEWER_TOKEN", "token")];
        let words = ["approve", "jitreq_1", "--ttl=60", "--digest=0f", "--critical", "--message", "go on", "--json"];
        let action = options(&words, &variables).err().unwrap();
        let words = Words { message: Some("go on".to_owned()), note: None };
        let terms = Terms { ttl: Some(60), digest: Some("0f".to_owned()), critical: true };
        let expected = Action::Approve { id: "jitreq_1".to_owned(), terms, words };
        assert_eq!(action, format!("{expected:?}"));
    }

    #[test]
    fn a_fault_is_told_without_the_secret() {
        for (words, expected) in [
            (&["--listen", "somewhere"][..], "--listen takes an address and a port"),
            (&["--listen"], "--listen needs a value"),
            (&["--client", "agt_x"], "--client takes ID:SECRET"),
            (&["--colour"], "--colour"),
            (&["--capability", "agt_x"], "--capability takes ID=NAME"),
            (&["--budget", "agt_x=many"], "--budget takes ID=TOKENS"),
            (&["--webhook-origin", "somewhere"], "--webhook-origin takes an origin"),
            (&["agt_x:s3cret"], "there is no such command"),
            (&["--org", "x", "pending"], "a value without an option"),
            (&["pending"], "JIT_AUTHORITY_REVIEWER_TOKEN is not set"),
            (&["approve"], "approve needs an id"),
            (&["deny", "x", "y"], "a value too much after deny"),
            (&["deny", "x", "--ttl", "3"], "there is no option --ttl of deny"),
            (&["show"], "show needs an id"),
            (&["show", "x", "--message", "y"], "there is no option --message of show"),
            (&["deny", "x", "--critical"], "there is no option --critical of deny"),
            (&["--colour=s3cret"], "there is no option --colour"),
        ] {
            let sentence = options(words, &[]).err().unwrap();
            assert!(sentence.contains(expected), "{sentence}");
            assert!(!sentence.contains("s3cret"), "{sentence}");
        }
    }
}
