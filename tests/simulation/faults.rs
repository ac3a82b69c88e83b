//! What may go wrong, and where. Each is drawn at every request, answer and write, and counted where it happens.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Somebody in front of the server has too much to do.
    Answers429,
    /// Somebody in front of the server breaks.
    Answers500,
    /// Somebody in front of the server finds it away.
    Answers503,
    /// No connection: it certainly did not arrive.
    Refused,
    /// It does not arrive, and nobody can tell.
    RequestLost,
    /// It does not arrive, and the time runs out.
    RequestTimesOut,
    /// It arrives later.
    RequestDelayed,
    /// It arrives, and the answer is a 5xx all the same.
    FailsAfterwards,
    /// It arrives, and the answer does not.
    AnswerLost,
    /// It arrives, and the time runs out.
    AnswerTimesOut,
    /// The answer arrives later.
    AnswerDelayed,
    /// It arrives twice.
    Duplicated,
    /// Nothing is written.
    NotWritten,
    /// It is written, and said to have failed.
    WrittenAndFailed,
    /// What others left behind cannot be read.
    NotRead,
    /// The process dies.
    Crash,
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    BeforeSending,
    /// The request was delivered.
    BeforeAnswer,
    BeforeWriting,
    AfterWriting,
    BeforeReading,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Authority,
    Api,
    Journal,
}

pub type Met = (Place, Point, Fault);

impl Point {
    fn faults(self) -> &'static [Fault] {
        match self {
            Self::BeforeSending => &[
                Fault::Answers429,
                Fault::Answers500,
                Fault::Answers503,
                Fault::Refused,
                Fault::RequestLost,
                Fault::RequestTimesOut,
                Fault::RequestDelayed,
            ],
            Self::BeforeAnswer => &[
                Fault::FailsAfterwards,
                Fault::AnswerLost,
                Fault::AnswerTimesOut,
                Fault::AnswerDelayed,
                Fault::Duplicated,
            ],
            Self::BeforeWriting => &[Fault::NotWritten],
            Self::AfterWriting => &[Fault::WrittenAndFailed],
            Self::BeforeReading => &[Fault::NotRead],
        }
    }

    /// One in so many goes wrong, besides a crash.
    fn one_in(self) -> u64 {
        match self {
            Self::BeforeSending | Self::BeforeAnswer => 12,
            Self::BeforeWriting | Self::AfterWriting => 30,
            Self::BeforeReading => 8,
        }
    }
}

/// Everything that has to happen in a thousand runs.
pub fn all() -> impl Iterator<Item = Met> {
    let requests = [Point::BeforeSending, Point::BeforeAnswer];
    let writes = [Point::BeforeWriting, Point::AfterWriting, Point::BeforeReading];
    let points = [Place::Authority, Place::Api].into_iter().flat_map(move |place| requests.map(|point| (place, point)));
    points.chain(writes.map(|point| (Place::Journal, point))).flat_map(|(place, point)| {
        point.faults().iter().chain([&Fault::Crash]).map(move |fault| (place, point, *fault))
    })
}

/// Draws faults. Healed, there are none.
#[derive(Clone, Debug)]
pub struct Faults {
    pub random: Random,
    state: Arc<Mutex<State>>,
    /// When the authority is out of reach altogether.
    outage: Option<(Duration, Duration)>,
}

#[derive(Debug, Default)]
struct State {
    is_healed: bool,
    steps_to_crash: Option<u64>,
    met: BTreeMap<Met, u64>,
}

impl Faults {
    /// With a crash after so many steps, if one is to come.
    pub fn new(random: Random, steps_to_crash: Option<u64>) -> Self {
        let outage = random.one_in(3).then(|| {
            let start = Duration::from_millis(random.next() % 60_000);
            (start, start + Duration::from_secs(60))
        });
        let state = State { steps_to_crash, ..State::default() };
        Self { random, state: Arc::new(Mutex::new(state)), outage }
    }

    pub fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_healed = true;
        state.steps_to_crash = None;
    }

    pub fn met(&self) -> BTreeMap<Met, u64> {
        self.state.lock().unwrap().met.clone()
    }

    pub fn is_outage(&self, now: Duration) -> bool {
        !self.state.lock().unwrap().is_healed && self.outage.is_some_and(|(start, end)| start <= now && now < end)
    }

    /// Whether somebody finds that there are too many polls, which is more often than other calls are too many.
    pub fn asks_to_slow_down(&self) -> bool {
        !self.state.lock().unwrap().is_healed && self.random.one_in(5)
    }

    /// What goes wrong here, if anything does, other than what cannot. A process that dies of it does not come back.
    pub async fn meet(&self, process: &Process, place: Place, point: Point, cannot: Option<Fault>) -> Option<Fault> {
        if process.is_dead() {
            pending::<()>().await;
        }
        let fault = self.draw(point).filter(|fault| Some(*fault) != cannot)?;
        *self.state.lock().unwrap().met.entry((place, point, fault)).or_default() += 1;
        if fault == Fault::Crash {
            process.dead.store(true, Ordering::SeqCst);
            pending::<()>().await;
        }
        Some(fault)
    }

    fn draw(&self, point: Point) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        match &mut state.steps_to_crash {
            Some(0) => {
                state.steps_to_crash = None;
                return Some(Fault::Crash);
            }
            Some(steps) => *steps -= 1,
            None => {}
        }
        let faults = point.faults();
        (!state.is_healed && self.random.one_in(point.one_in())).then(|| faults[self.random.below(faults.len())])
    }
}

/// A process, by its number. Once it has died, nothing of it goes on.
#[derive(Clone, Debug)]
pub struct Process {
    pub number: u64,
    dead: Arc<AtomicBool>,
}

impl Process {
    pub fn new(number: u64) -> Self {
        Self { number, dead: Arc::default() }
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }
}
