//! Long runs drawn at random from a seed: clocks, leases, stores, what goes wrong and when.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::asked_for;
use super::config::{Config, Fault};
use super::world::{Action, World};
use crate::Lease;
use crate::rules::Rule;

const STEPS: usize = 250;

/// What has happened, so that nobody mistakes an idle run for a good one.
#[derive(Debug, Default)]
struct Figures {
    steps: u64,
    ticks: u64,
    answered: u64,
    closed: u64,
    mishaps: u64,
    /// States in which some node would have answered a read from its cache.
    hits: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.ticks += other.ticks;
        self.answered += other.answered;
        self.closed += other.closed;
        self.mishaps += other.mishaps;
        self.hits += other.hits;
    }
}

fn draw(random: &mut Rng) -> Config {
    let stores = random.usize(1..=2);
    let keys = 4;
    let plan = |random: &mut Rng| {
        let mut plan: Vec<_> = (0..keys).collect();
        random.shuffle(&mut plan);
        plan.truncate(random.usize(0..keys));
        plan
    };
    let lease =
        |random: &mut Rng| Lease::new(Duration::from_millis(random.u64(300..=1000))).unwrap();
    // What changes in the store of sessions need not change in that of users, nor the other way.
    let touched = match (stores, random.u8(0..3)) {
        (1, _) | (_, 0) => vec![0],
        (_, 1) => vec![1],
        _ => vec![1, 0],
    };
    Config {
        readers: vec![0, 1, 2],
        plans: (0..3).map(|_| plan(random)).collect(),
        keys,
        read: (0..keys).collect(),
        stores,
        touched,
        rates: (0..3).map(|_| random.u32(900..=1100)).collect(),
        leases: (0..3).map(|_| lease(random)).collect(),
        tick: Duration::from_millis(random.u64(20..=200)),
        ticks: u32::MAX,
        losses: random.u32(0..20),
        duplicates: random.u32(0..20),
        crashes: random.u32(0..3),
        suspensions: random.u32(0..3),
        failovers: random.u32(0..3),
        flushes: random.u32(0..8) / 7,
        joins: u64::MAX,
        overlap: random.usize(1..=3),
        joined: random.bool(),
        cold: random.bool(),
        eager: random.bool(),
        slow: random.bool(),
        stepwise: random.u8(0..4) == 0,
        tokens: stores == 1 && random.u8(0..4) == 0,
        replica: random.bool(),
        retried: random.bool(),
        history: random.usize(0..6),
        denials: random.usize(1..6),
        ..Config::default()
    }
}

/// Whether it is something that goes wrong.
fn is_mishap(action: &Action) -> bool {
    use Action::{Crash, DeliverTwice, FailOver, FlushAll, Leave, Lose, Suspend};
    matches!(
        action,
        Crash(_) | Leave(_) | DeliverTwice(..) | FailOver | FlushAll | Lose(..) | Suspend(_)
    )
}

fn choose(random: &mut Rng, all: &[Action], haste: f64) -> Action {
    if random.f64() < haste {
        return Action::Tick;
    }
    let mishap = random.u8(0..40) == 0;
    let of_kind: Vec<_> = all
        .iter()
        .filter(|action| is_mishap(action) == mishap && **action != Action::Tick)
        .collect();
    random.choice(of_kind).copied().unwrap_or(Action::Tick)
}

/// A run that failed: of what world, why, and how it went.
#[derive(Debug)]
#[expect(dead_code, reason = "it is shown")]
struct Failure(&'static str, Config, Vec<Action>);

fn run(seed: u64, change: impl Fn(Config) -> Config) -> Result<Figures, Box<Failure>> {
    let mut random = Rng::with_seed(seed);
    let config = change(draw(&mut random));
    let haste = random.f64() * 0.3;
    let mut world = World::new(config.clone());
    let mut figures = Figures::default();
    let mut path = vec![];
    for _ in 0..STEPS {
        let action = choose(&mut random, &world.actions(), haste);
        let before = world.state.answered.len();
        path.push(action);
        world.act(action);
        if let Some(violation) = world.violation {
            return Err(Box::new(Failure(violation, config, path)));
        }
        let after = world.state.answered.len();
        let would_hit = world.state.nodes.iter().any(|node| {
            node.is_valid(&world.config) && (0..4).any(|key| node.has(&world.config, key))
        });
        figures += Figures {
            steps: 1,
            ticks: u64::from(action == Action::Tick),
            answered: after.saturating_sub(before) as u64,
            closed: u64::from(matches!(action, Action::Close(..))),
            mishaps: u64::from(is_mishap(&action)),
            hits: u64::from(would_hit),
        };
    }
    Ok(figures)
}

/// A thousand, or as many as one likes:
/// `SEEDS=1000000 cargo test --release -p auth-revocation keep_the_promise -- --nocapture`
#[test]
fn the_seeds_keep_the_promise() {
    let begun = Instant::now();
    let mut sum = Figures::default();
    for seed in 0..asked_for("SEEDS", 1_000) as u64 {
        match run(seed, |config| config) {
            Ok(figures) => sum += figures,
            Err(failure) => panic!("seed {seed}: {failure:?}"),
        }
    }
    println!("{sum:?} in {:?}", begun.elapsed());
}

#[test]
fn the_seeds_find_what_is_broken() {
    let finds =
        |change: &dyn Fn(Config) -> Config| (0..5_000).any(|seed| run(seed, change).is_err());
    for rule in [
        Rule::Wait,
        Rule::CountFromSending,
        Rule::Fence,
        Rule::FlushOnLoss,
    ] {
        assert!(finds(&|config| config.without(rule)), "{rule:?}");
    }
    for fault in [
        Fault::JoinFill,
        Fault::CheckEarly,
        Fault::OneLease,
        Fault::FenceByPosition,
    ] {
        assert!(finds(&|config| config.with(fault)), "{fault:?}");
    }
}

/// Everybody who lives does what is due at once. Returns for how many ticks a change had to wait,
/// and whether everybody who lives can trust its cache in the end.
fn fair(rates: [u32; 3], dead: bool, seed: u64) -> (u32, bool) {
    let mut random = Rng::with_seed(seed);
    let config = Config {
        readers: vec![0, 1, 2],
        plans: vec![vec![0], vec![], vec![]],
        rates: rates.to_vec(),
        tick: Lease::MAX.renewal() / 10,
        ticks: u32::MAX,
        joins: u64::MAX,
        eager: false,
        joined: false,
        ..Config::default()
    };
    let (begin, mut answered) = (random.u32(10..80), 0);
    let mut world = World::new(config);
    while world.state.ticks < 150 {
        let due = world.actions().into_iter().filter(|action| match action {
            Action::Tick | Action::Fill(..) => false,
            Action::Begin(..) => world.state.ticks >= begin,
            Action::Send(2, _) => !dead || world.state.ticks < begin,
            _ => true,
        });
        let action = random
            .choice(due.collect::<Vec<_>>())
            .unwrap_or(Action::Tick);
        world.act(action);
        assert_eq!(world.violation, None);
        if answered == 0 && !world.state.answered.is_empty() {
            answered = world.state.ticks;
        }
    }
    let lives = |index: &usize| !dead || *index != 2;
    let mut living = (0..3).filter(lives).map(|index| &world.state.nodes[index]);
    (
        answered - begin,
        living.all(|node| node.is_valid(&world.config)),
    )
}

#[test]
fn a_change_waits_for_the_dead_once_and_for_the_living_hardly() {
    for rates in [[900; 3], [1100; 3], [1100, 900, 1000], [900, 1100, 1000]] {
        // A third of a lease is ten ticks, and a lease thirty.
        let bound = |nominal: u32| nominal * 1000 / rates.iter().min().unwrap() + 1;
        for seed in 0..10 {
            let (waited, all_hold) = fair(rates, false, seed);
            assert!(waited <= bound(10) && all_hold, "{waited} {rates:?}");
            let (waited, all_hold) = fair(rates, true, seed);
            assert!(waited <= bound(33) && all_hold, "{waited} {rates:?}");
        }
    }
}
