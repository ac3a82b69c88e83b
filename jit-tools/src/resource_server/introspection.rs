//! Whether a token still counts: one question at a time for each token, so many for each agent, and none about a token
//! that has ended already.
//!
//! The authority answers an API only so many questions a minute. Without these rules, one agent that sends a revoked
//! token again and again would use them up, and every other agent would be turned away.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::{
    authority::{Authority, Introspection},
    rejection::Reason,
};
use crate::{
    clock::SharedClock,
    sync::{Mutex, MutexGuard, lock},
};

/// How many questions one agent's requests may cause a minute where the owner says nothing: half of what LumoAuth and
/// `jit-authority` answer one client.
pub(super) const QUESTIONS_PER_AGENT: u32 = 3000;
/// How many ended tokens are remembered.
const MAX_INACTIVE: usize = 16_384;
/// How many agents are counted at once. An agent is one that the authority has signed a token for.
const MAX_AGENTS: usize = 16_384;
/// How many questions about tokens of one agent are asked at the same time.
const MAX_AT_ONCE: usize = 32;
/// How many requests of one agent may wait for an answer.
const MAX_WAITING: usize = 1024;
const WINDOW: Duration = Duration::from_secs(60);
/// The questions of so long a time are counted as one.
const PIECE: Duration = Duration::from_secs(1);
/// How long a question counts after its piece has begun. No minute, whenever it begins, has more questions than one may
/// have: the authority's minutes begin at other times than an agent's.
const COUNTED_FOR: Duration = WINDOW.saturating_add(PIECE);

/// A SHA-256 digest.
type Id = [u8; 32];
type Answer = Result<Arc<Introspection>, Reason>;

/// A token whose signature, time and permission were found to be right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked<'a> {
    pub(super) token: &'a str,
    pub(super) agent_id: &'a str,
    /// When it ends by itself, in seconds since 1970.
    pub(super) exp: f64,
}

/// Asks the authority about tokens.
pub(super) struct Introspector {
    authority: Arc<Authority>,
    clock: SharedClock,
    per_agent: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The tokens that have ended before their time, with that time.
    inactive: HashMap<Id, f64>,
    /// The tokens that somebody waits for an answer about.
    asked: HashMap<Id, Asked>,
    agents: HashMap<Id, Agent>,
}

/// A token that somebody waits for an answer about.
#[derive(Default)]
struct Asked {
    waiting: usize,
    token: Arc<Token>,
}

/// An agent whose tokens are asked about.
struct Agent {
    waiting: usize,
    /// When it was heard of last.
    seen: Instant,
    /// When each piece of time began in which there were questions, and how many there were.
    questions: VecDeque<(Instant, u32)>,
    slots: Arc<Semaphore>,
}

/// A token that is asked about.
struct Token {
    /// One question at a time.
    turn: Semaphore,
    rounds: Mutex<Rounds>,
}

impl Default for Token {
    fn default() -> Self {
        Self { turn: Semaphore::new(1), rounds: Mutex::default() }
    }
}

#[derive(Default)]
struct Rounds {
    started: u64,
    /// The last answer, and the round that it came of.
    last: Option<(u64, Answer)>,
}

impl Introspector {
    pub(super) fn new(authority: Arc<Authority>, clock: SharedClock, per_agent: u32) -> Self {
        Self { authority, clock, per_agent, state: Mutex::default() }
    }

    /// Returns what the authority says of a token that counts, after this call. Those who ask while a question about the
    /// same token is open share the next one: the answer to the open one may be older than their requests.
    ///
    /// `now` is in seconds since 1970.
    pub(super) async fn introspect(&self, checked: Checked<'_>, now: f64) -> Answer {
        let id = token_id(checked.token);
        let place = self.enter(id, Sha256::digest(checked.agent_id).into())?;
        let token = &place.token;
        let arrived = lock(&token.rounds).started;
        // It is never closed.
        let _turn = token.turn.acquire().await.map_err(|_| Reason::Unavailable)?;
        if let Some((round, answer)) = &lock(&token.rounds).last
            && *round > arrived
        {
            return answer.clone();
        }
        let _slot = place.slots.acquire().await.map_err(|_| Reason::Unavailable)?;
        let round = {
            let mut rounds = lock(&token.rounds);
            rounds.started += 1;
            rounds.started
        };
        let answer = self.ask(&place, checked.token).await;
        if answer.as_ref().is_err_and(|reason| *reason == Reason::Ended) {
            self.remember(id, checked.exp, now);
        }
        lock(&token.rounds).last = Some((round, answer.clone()));
        answer
    }

    async fn ask(&self, place: &Place<'_>, token: &str) -> Answer {
        self.count(place.agent)?;
        let answer = self.authority.introspect(token).await?;
        if answer.active { Ok(Arc::new(answer)) } else { Err(Reason::Ended) }
    }

    /// Takes a place among those who wait, until it is dropped.
    fn enter(&self, id: Id, agent: Id) -> Result<Place<'_>, Reason> {
        let now = self.clock.now();
        let mut state = self.state();
        if state.inactive.contains_key(&id) {
            return Err(Reason::Ended);
        }
        if state.agents.len() >= MAX_AGENTS && !state.agents.contains_key(&agent) {
            state
                .agents
                .retain(|_, agent| agent.waiting > 0 || now.saturating_duration_since(agent.seen) < COUNTED_FOR);
            if state.agents.len() >= MAX_AGENTS {
                return Err(Reason::TooMany { wait: COUNTED_FOR });
            }
        }
        let counted = state.agents.entry(agent).or_insert_with(|| Agent {
            waiting: 0,
            seen: now,
            questions: VecDeque::new(),
            slots: Arc::new(Semaphore::new(MAX_AT_ONCE)),
        });
        if counted.waiting >= MAX_WAITING {
            return Err(Reason::TooMany { wait: Duration::from_secs(1) });
        }
        counted.waiting += 1;
        let slots = Arc::clone(&counted.slots);
        let asked = state.asked.entry(id).or_default();
        asked.waiting += 1;
        Ok(Place { introspector: self, id, agent, token: Arc::clone(&asked.token), slots })
    }

    /// Counts a question of this agent.
    fn count(&self, agent: Id) -> Result<(), Reason> {
        let now = self.clock.now();
        let mut state = self.state();
        // It is there as long as one of its requests waits.
        let Some(agent) = state.agents.get_mut(&agent) else { return Err(Reason::Unavailable) };
        let age = |began: Instant| now.saturating_duration_since(began);
        while agent.questions.front().is_some_and(|(began, _)| age(*began) >= COUNTED_FOR) {
            agent.questions.pop_front();
        }
        let counted = agent.questions.iter().fold(0_u32, |sum, (_, questions)| sum.saturating_add(*questions));
        if counted >= self.per_agent {
            let first = agent.questions.front().map_or(Duration::ZERO, |(began, _)| age(*began));
            return Err(Reason::TooMany { wait: COUNTED_FOR.saturating_sub(first) });
        }
        agent.seen = now;
        match agent.questions.back_mut() {
            Some((began, questions)) if age(*began) < PIECE => *questions += 1,
            _ => agent.questions.push_back((now, 1)),
        }
        Ok(())
    }

    /// Remembers a token that has ended, until it would have ended by itself.
    fn remember(&self, id: Id, exp: f64, now: f64) {
        let mut state = self.state();
        if state.inactive.len() >= MAX_INACTIVE {
            state.inactive.retain(|_, exp| *exp > now);
        }
        if state.inactive.len() >= MAX_INACTIVE
            && let Some(first) = state.inactive.iter().min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(id, _)| *id)
        {
            state.inactive.remove(&first);
        }
        state.inactive.insert(id, exp);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// What identifies a token: all that is signed. Some signatures have a second spelling that is as good.
fn token_id(token: &str) -> Id {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    Sha256::digest(signed).into()
}

/// A request that waits for an answer.
struct Place<'a> {
    introspector: &'a Introspector,
    id: Id,
    agent: Id,
    token: Arc<Token>,
    slots: Arc<Semaphore>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.introspector.state();
        if let Some(agent) = state.agents.get_mut(&self.agent) {
            agent.waiting = agent.waiting.saturating_sub(1);
        }
        if let Some(asked) = state.asked.get_mut(&self.id) {
            asked.waiting = asked.waiting.saturating_sub(1);
            if asked.waiting == 0 {
                state.asked.remove(&self.id);
            }
        }
    }
}

impl fmt::Debug for Introspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspector").field("per_agent", &self.per_agent).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "local-authority")]
mod tests;
