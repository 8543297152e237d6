//! Counting hits.

use std::time::Duration;

use auth_core::limit::{Blocked, Count, Outcome, Penalty, Rule};
use auth_core::{LimitStore, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::backend::World;
use crate::suite::{at, count, parallel};

const FIXED: Rule = Rule::fixed(3, Duration::from_secs(60));
const DOUBLING: Rule = Rule {
    free: 2,
    window: Duration::from_secs(600),
    penalty: Penalty::Doubling {
        first: Duration::from_secs(1),
        max: Duration::from_secs(8),
    },
};

#[derive(Clone, Copy, Debug)]
enum Step {
    Hit(Outcome),
    Settle,
    Refund,
    Clear,
    Purge,
    Wait(i64),
    /// Wait for the very moment at which the key is free again.
    WaitUntilFree,
    /// Wait for the very moment at which the count is over.
    WaitUntilOver,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![0..10i64, 500..20_000i64, 30_000..90_000i64];
    let step = prop_oneof![
        4 => Just(Step::Hit(Outcome::Known)),
        4 => Just(Step::Hit(Outcome::Pending)),
        2 => Just(Step::Settle),
        2 => Just(Step::Refund),
        1 => Just(Step::Clear),
        1 => Just(Step::Purge),
        4 => wait.prop_map(Step::Wait),
        3 => Just(Step::WaitUntilFree),
        1 => Just(Step::WaitUntilOver),
    ];
    vec(step, 1..40)
}

fn rules() -> impl Strategy<Value = Rule> {
    let fixed = (1..5u32, 1..100_000u64)
        .prop_map(|(free, window)| Rule::fixed(free, Duration::from_millis(window)));
    let doubling =
        (1..5u32, 8_000..40_000u64, 1..2_000u64).prop_map(|(free, window, first)| Rule {
            free,
            window: Duration::from_millis(window),
            penalty: Penalty::Doubling {
                first: Duration::from_millis(first),
                max: Duration::from_secs(8),
            },
        });
    prop_oneof![Just(FIXED), Just(DOUBLING), fixed, doubling]
}

/// A store that holds a single count, as the rule itself would have it.
#[derive(Default)]
struct Model(Option<Count>);

impl Model {
    fn hit(&mut self, rule: &Rule, outcome: Outcome, now: Timestamp) -> Option<Blocked> {
        let blocked = self.0.and_then(|count| count.block(now));
        if blocked.is_none() {
            self.0 = Some(rule.after_hit(self.0, outcome, now));
        }
        blocked
    }

    fn purge(&mut self, now: Timestamp) {
        self.0 = self.0.filter(|count| count.ends_at > now);
    }

    fn free_at(&self, now: Timestamp) -> Timestamp {
        self.0.map_or(now, |count| count.blocked_until.max(now))
    }

    fn over_at(&self, now: Timestamp) -> Timestamp {
        self.0.map_or(now, |count| count.ends_at.max(now))
    }
}

/// Takes the same steps on a store and on the model, and compares every answer.
async fn compare(
    store: &dyn LimitStore,
    rule: Rule,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    let key = Uuid::now_v7().to_string();
    let (mut model, mut now) = (Model::default(), at(0));
    for step in steps {
        match step {
            Step::Hit(outcome) => {
                let answer = store.count(&key, &rule, outcome, now).await.unwrap();
                prop_assert_eq!(answer, model.hit(&rule, outcome, now));
            }
            Step::Settle => {
                store.settle(&key).await.unwrap();
                model.0 = model.0.map(Count::settled);
            }
            Step::Refund => {
                store.refund(&key).await.unwrap();
                model.0 = model.0.map(Count::refunded);
            }
            Step::Clear => {
                store.clear(&key).await.unwrap();
                model = Model::default();
            }
            Step::Purge => {
                store.purge(now).await.unwrap();
                model.purge(now);
            }
            Step::Wait(millis) => now = Timestamp::from_millis(now.as_millis() + millis),
            Step::WaitUntilFree => now = model.free_at(now),
            Step::WaitUntilOver => now = model.over_at(now),
        }
    }
    Ok(())
}

pub async fn every_sequence_of_steps_agrees_with_the_rule(world: World) {
    let store = &*world.limits.0;
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let checked = block_in_place(|| {
        TestRunner::new(config).run(&(rules(), steps()), |(rule, steps)| {
            Handle::current().block_on(compare(store, rule, steps))
        })
    });
    checked.unwrap();
}

pub async fn a_doubling_count_lives_on_from_its_last_hit(world: World) {
    let hit = async |millis| world.limits.0.hit("key", &DOUBLING, at(millis)).await;
    for millis in [0, 500_000, 900_000] {
        assert_eq!(hit(millis).await.unwrap(), None);
    }
    assert_eq!(hit(900_000).await.unwrap(), Some(at(902_000)));
    assert_eq!(hit(1_500_000).await.unwrap(), None);
    assert_eq!(hit(1_500_000).await.unwrap(), None);
}

pub async fn parallel_hits_on_two_handles_pass_as_often_as_is_free(world: World) {
    for (rule, free) in [(Rule::fixed(7, FIXED.window), 7), (DOUBLING, 2)] {
        let key = Uuid::now_v7().to_string();
        let answers = parallel(50, |n| {
            let (store, key) = (world.limits.handle(n), key.clone());
            async move { store.hit(&key, &rule, at(0)).await.unwrap() }
        })
        .await;
        assert_eq!(count(&answers, Option::is_none), free);
        let blocked_until = world.limits.1.hit(&key, &rule, at(0)).await.unwrap();
        for answer in answers.into_iter().flatten() {
            assert_eq!(Some(answer), blocked_until);
        }
    }
}

pub async fn parallel_refunds_are_all_counted(world: World) {
    let rule = Rule::fixed(20, FIXED.window);
    for _ in 0..20 {
        assert_eq!(world.limits.0.hit("key", &rule, at(0)).await.unwrap(), None);
    }
    parallel(15, |n| {
        let store = world.limits.handle(n);
        async move { store.refund("key").await.unwrap() }
    })
    .await;
    let mut passed = 0;
    while world
        .limits
        .0
        .hit("key", &rule, at(0))
        .await
        .unwrap()
        .is_none()
    {
        passed += 1;
    }
    assert_eq!(passed, 15);
}

pub async fn a_block_may_open_while_a_hit_is_pending(world: World) {
    let once = Rule::fixed(1, FIXED.window);
    let count = async |outcome, millis| {
        let (store, now) = (&world.limits.0, at(millis));
        store.count("key", &once, outcome, now).await.unwrap()
    };
    let may_open = |blocked: Option<Blocked>| blocked.map(|blocked| blocked.may_open);
    assert_eq!(count(Outcome::Pending, 0).await, None);
    assert_eq!(may_open(count(Outcome::Pending, 1).await), Some(true));
    world.limits.1.settle("key").await.unwrap();
    assert_eq!(may_open(count(Outcome::Pending, 2).await), Some(false));
    world.limits.1.refund("key").await.unwrap();
    assert_eq!(count(Outcome::Pending, 3).await, None);
    // Nobody told what became of it: it counts.
    let forgotten = 3 + Outcome::PATIENCE.as_millis() as i64;
    assert_eq!(
        may_open(count(Outcome::Known, forgotten).await),
        Some(false)
    );
}

pub async fn keys_do_not_disturb_each_other(world: World) {
    let store = &*world.limits.0;
    let once = Rule::fixed(1, FIXED.window);
    let keys = ["a", "a:b", "A", "ä", "mailbox:hour:a@example.org", ""];
    for key in keys {
        assert_eq!(store.hit(key, &once, at(0)).await.unwrap(), None, "{key}");
    }
    store.clear("a").await.unwrap();
    store.refund("A").await.unwrap();
    store.refund("unheard of").await.unwrap();
    for key in keys {
        let free = store.hit(key, &once, at(1)).await.unwrap().is_none();
        assert_eq!(free, matches!(key, "a" | "A"), "{key}");
    }
}

pub async fn purging_deletes_counts_that_are_over(world: World) {
    let store = &*world.limits.0;
    assert_eq!(store.hit("short", &FIXED, at(0)).await.unwrap(), None);
    assert_eq!(store.hit("long", &DOUBLING, at(0)).await.unwrap(), None);
    let expected = if world.expires_by_itself { 0 } else { 1 };
    assert_eq!(store.purge(at(59_999)).await.unwrap(), 0);
    assert_eq!(store.purge(at(60_000)).await.unwrap(), expected);
    assert_eq!(store.purge(at(60_000)).await.unwrap(), 0);
    assert_eq!(store.purge(at(600_000)).await.unwrap(), expected);
}
