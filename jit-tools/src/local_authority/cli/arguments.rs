//! From words to options.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt as _};

use crate::local_authority::builder::DEFAULT_ORG;

const DEFAULT_LISTEN: &str = "127.0.0.1:8417";
const SECRET_VARIABLE: &str = "AGENT_CLIENT_SECRET";
const CLIENT_VARIABLE: &str = "AGENT_CLIENT_ID";

const HELP: &str = "\
An authority for agents on this machine, for development and tests.

Usage: jit-authority [--listen 127.0.0.1:PORT] [--org NAME] [--client ID[:SECRET]]... [--audit FILE]

Options:
  --listen ADDRESS:PORT  where to listen; a loopback address, and port 0 picks a free one [default: 127.0.0.1:8417]
  --org NAME             the organisation in the paths [default: acme-corp]
  --client ID[:SECRET]   an agent that may log in; may be given several times. Without a secret it is taken from
                         AGENT_CLIENT_SECRET, so that it does not stand in the list of processes
                         [default: AGENT_CLIENT_ID with AGENT_CLIENT_SECRET, or else agt_local with a random secret]
  --audit FILE           append the audit log to a file, one JSON object a line; - is standard output
  -h, --help             print this
  -V, --version          print the version

The first line on standard output is `ready URL`; the next one is the link of the person who approves or denies.
State and keys are in memory: a restart forgets everything. Ctrl-C or SIGTERM ends it.

Set these for an agent:
  LUMOAUTH_URL=http://127.0.0.1:8417
  LUMOAUTH_ORG_ID=acme-corp
  AGENT_CLIENT_ID=agt_x
  AGENT_CLIENT_SECRET=the secret of that client
";

/// What the command line asks for.
pub(super) enum Command {
    Run(Options),
    Print(String),
}

pub(super) struct Options {
    pub(super) listen: SocketAddr,
    pub(super) org: String,
    pub(super) clients: Vec<(String, String)>,
    pub(super) audit: Option<PathBuf>,
}

/// Reads the command line; a fault is a sentence without its full stop. No sentence repeats a value that may hold a
/// secret.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    let mut parser = Parser::from_iter(arguments);
    let mut listen = DEFAULT_LISTEN.to_owned();
    let mut org = DEFAULT_ORG.to_owned();
    let mut clients = Vec::new();
    let mut audit = None;

    while let Some(argument) = parser.next().map_err(|_| "an option has a value that takes none".to_owned())? {
        match argument {
            Arg::Long("listen") => listen = text(&mut parser, "--listen")?,
            Arg::Long("org") => org = text(&mut parser, "--org")?,
            Arg::Long("client") => clients.push(text(&mut parser, "--client")?),
            Arg::Long("audit") => {
                audit = Some(PathBuf::from(parser.value().map_err(|_| "--audit needs a value".to_owned())?));
            }
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Arg::Short('V') | Arg::Long("version") => {
                return Ok(Command::Print(format!("jit-authority {}\n", env!("CARGO_PKG_VERSION"))));
            }
            Arg::Short(option) => return Err(format!("there is no option -{option}")),
            Arg::Long(option) => return Err(format!("there is no option --{option}")),
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
    Ok(Command::Run(Options { listen, org, clients, audit }))
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
    fn without_a_client_the_agents_own_variables_name_one() {
        let variables = [("AGENT_CLIENT_ID", "agt_e"), ("AGENT_CLIENT_SECRET", "s")];
        assert_eq!(options(&[], &variables).unwrap().clients, [("agt_e".to_owned(), "s".to_owned())]);
        assert!(options(&[], &variables[..1]).unwrap().clients.is_empty());
    }

    #[test]
    fn a_fault_is_told_without_the_secret() {
        for (words, expected) in [
            (&["--listen", "somewhere"][..], "--listen takes an address and a port"),
            (&["--listen"], "--listen needs a value"),
            (&["--client", "agt_x"], "--client takes ID:SECRET"),
            (&["--colour"], "--colour"),
            (&["agt_x:s3cret"], "a value without an option"),
            (&["--colour=s3cret"], "there is no option --colour"),
        ] {
            let sentence = options(words, &[]).err().unwrap();
            assert!(sentence.contains(expected), "{sentence}");
            assert!(!sentence.contains("s3cret"), "{sentence}");
        }
    }
}
