use std::cell::RefCell;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;

use super::*;
use crate::id::{SessionId, UserId};

#[derive(Debug)]
struct Known {
    user: UserId,
    session: SessionId,
    size: usize,
}

impl Answer for Known {
    fn names(&self) -> [Name; 2] {
        [self.user.into(), self.session.into()]
    }

    fn heap_size(&self) -> usize {
        self.size
    }
}

/// A log that is told what happens in a store, and knows of it once it has caught up.
#[derive(Default)]
struct Told {
    history: History,
    news: std::sync::Mutex<Vec<Name>>,
    away: AtomicBool,
}

impl Told {
    fn tell(&self, name: impl Into<Name>) {
        self.news.lock().unwrap().push(name.into());
    }
}

#[async_trait]
impl ChangeLog for Told {
    fn is_caught_up(&self) -> bool {
        self.news.lock().unwrap().is_empty()
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("away".into()));
        }
        self.history.add(self.news.lock().unwrap().drain(..));
        Ok(())
    }

    fn history(&self) -> &History {
        &self.history
    }
}

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn present() -> Present {
    Present {
        now: NOW,
        edition: 7,
        longest_lifetime: Duration::from_secs(300),
    }
}

fn validity() -> Validity {
    Validity {
        period: NOW..NOW + Duration::from_secs(60),
        touch_at: NOW + Duration::from_secs(30),
        edition: 7,
        lifetime: Duration::from_secs(300),
    }
}

fn known() -> Arc<Known> {
    Arc::new(Known {
        user: UserId::generate(),
        session: SessionId::generate(),
        size: 200,
    })
}

fn cache(logs: &[&Arc<Told>], bytes: u64) -> Cache<Known> {
    let logs = logs.iter().map(|log| Arc::clone(log) as Arc<dyn ChangeLog>);
    Cache::new(bytes, logs.collect()).unwrap()
}

fn text(secret: &str) -> SecretText {
    SecretText::new(secret)
}

#[test]
fn what_is_kept_is_found_by_the_whole_credential() {
    let cache = cache(&[&Arc::default()], 1 << 20);
    cache.insert(&text("secret"), &cache.fence(), known(), validity());
    assert!(cache.get(&text("secret"), present()).is_some());
    for other in ["secreu", "secret ", "Secret", "secre", ""] {
        assert!(cache.get(&text(other), present()).is_none(), "{other}");
    }
}

#[test]
fn it_holds_for_its_time_only() {
    let cache = cache(&[&Arc::default()], 1 << 20);
    let found = |change: fn(&mut Present)| {
        cache.insert(&text("secret"), &cache.fence(), known(), validity());
        let mut present = present();
        change(&mut present);
        cache.get(&text("secret"), present).is_some()
    };
    assert!(found(|_| {}));
    assert!(found(|it| it.now = NOW + Duration::from_millis(29_999)));
    assert!(
        !found(|it| it.now = NOW + Duration::from_secs(30)),
        "a use to be noted"
    );
    assert!(!found(|it| it.now = NOW + Duration::from_secs(60)), "over");
    assert!(
        !found(|it| it.now = NOW - Duration::from_millis(1)),
        "not yet"
    );
    assert!(!found(|it| it.edition = 8), "other keys");
    assert!(
        !found(|it| it.longest_lifetime = Duration::from_secs(299)),
        "too long"
    );
}

#[tokio::test]
async fn a_change_of_its_user_or_its_session_ends_it() {
    let (users, sessions) = (Arc::<Told>::default(), Arc::<Told>::default());
    let cache = cache(&[&users, &sessions], 1 << 20);
    let secret = text("secret");
    let answer = known();
    let changes: [&dyn Fn(); 4] = [
        &|| users.tell(answer.user),
        &|| sessions.tell(answer.session),
        &|| users.history.forget(),
        &|| sessions.history.forget(),
    ];
    for change in changes {
        cache.insert(&secret, &cache.fence(), answer.clone(), validity());
        users.tell(UserId::generate());
        sessions.tell(SessionId::generate());
        cache.catch_up().await.unwrap();
        assert!(cache.get(&secret, present()).is_some(), "changes of others");
        change();
        cache.catch_up().await.unwrap();
        assert!(cache.is_caught_up());
        assert!(cache.get(&secret, present()).is_none());
    }
}

#[tokio::test]
async fn nobody_is_caught_up_while_one_store_has_news_or_is_away() {
    let (users, sessions) = (Arc::<Told>::default(), Arc::<Told>::default());
    let cache = cache(&[&users, &sessions], 1 << 20);
    for log in [&users, &sessions] {
        log.tell(UserId::generate());
        log.away.store(true, Ordering::Relaxed);
        assert!(!cache.is_caught_up());
        assert!(cache.catch_up().await.is_err());
        log.away.store(false, Ordering::Relaxed);
        cache.catch_up().await.unwrap();
        assert!(cache.is_caught_up());
    }
}

#[test]
fn it_stays_within_its_bytes() {
    let cache = cache(&[&Arc::default()], 1 << 20);
    for n in 0..10_000 {
        cache.insert(&text(&n.to_string()), &cache.fence(), known(), validity());
    }
    assert!(
        cache.entries.weight() <= 1 << 20,
        "{}",
        cache.entries.weight()
    );
    assert!(cache.entries.len() > 1_000, "{}", cache.entries.len());
}

#[test]
fn without_room_or_logs_there_is_none() {
    let log: Arc<dyn ChangeLog> = Arc::<Told>::default();
    assert!(Cache::<Known>::new(0, vec![log]).is_none());
    assert!(Cache::<Known>::new(1 << 20, vec![]).is_none());
}

/// One credential, the store that knows it, and those who work on both, step by step.
struct World {
    cache: Cache<Known>,
    log: Arc<Told>,
    answer: Arc<Known>,
    lives: bool,
    answered: bool,
    fence: Option<Fence>,
    read: bool,
    /// Whether the reader's request arrived after the sign-out was answered.
    arrived_late: bool,
    may_use: bool,
    served_in_vain: bool,
}

type Step = fn(&mut World);

impl World {
    fn new() -> Self {
        let log = Arc::<Told>::default();
        Self {
            cache: cache(&[&log], 1 << 20),
            answer: known(),
            log,
            lives: true,
            answered: false,
            fence: None,
            read: false,
            arrived_late: false,
            may_use: false,
            served_in_vain: false,
        }
    }
}

const TAKE_FENCE: Step = |w| w.fence = Some(w.cache.fence());
const READ_STORE: Step = |w| w.read = w.lives;
const INSERT: Step = |w| {
    if let (true, Some(fence)) = (w.read, &w.fence) {
        w.cache
            .insert(&text("secret"), fence, w.answer.clone(), validity());
    }
};
/// The change and its entry in the log are one transaction.
const COMMIT: Step = |w| {
    w.lives = false;
    w.log.tell(w.answer.session);
};
const ANSWER: Step = |w| w.answered = true;
const CATCH_UP: Step = |w| {
    let news: Vec<_> = w.log.news.lock().unwrap().drain(..).collect();
    w.log.history.add(news);
};
const ARRIVE: Step = |w| w.arrived_late = w.answered;
const CHECK: Step = |w| w.may_use = w.cache.is_caught_up();
const LOOK_UP: Step = |w| {
    let found = w.cache.get(&text("secret"), present()).is_some();
    w.served_in_vain |= w.arrived_late && w.may_use && found;
};

/// Whether in some order of their steps a credential is served that was dead when the request
/// arrived; and in how many orders it is not.
fn explore(actors: &[&[Step]]) -> (bool, usize) {
    let (violated, held) = (RefCell::new(false), RefCell::new(0));
    fn orders(
        left: &mut Vec<usize>,
        actors: &[&[Step]],
        order: &mut Vec<usize>,
        run: &dyn Fn(&[usize]),
    ) {
        if left
            .iter()
            .zip(actors)
            .all(|(next, steps)| *next == steps.len())
        {
            return run(order);
        }
        for actor in 0..actors.len() {
            if left[actor] < actors[actor].len() {
                left[actor] += 1;
                order.push(actor);
                orders(left, actors, order, run);
                order.pop();
                left[actor] -= 1;
            }
        }
    }
    let run = |order: &[usize]| {
        let (mut world, mut next) = (World::new(), vec![0; actors.len()]);
        for actor in order {
            actors[*actor][next[*actor]](&mut world);
            next[*actor] += 1;
        }
        match world.served_in_vain {
            true => *violated.borrow_mut() = true,
            false => *held.borrow_mut() += 1,
        }
    };
    orders(&mut vec![0; actors.len()], actors, &mut vec![], &run);
    (violated.into_inner(), held.into_inner())
}

const SIGN_OUT: &[Step] = &[COMMIT, ANSWER];
const READER: &[Step] = &[ARRIVE, CHECK, LOOK_UP];
const FILLER: &[Step] = &[TAKE_FENCE, READ_STORE, INSERT];
const FOLLOWER: &[Step] = &[CATCH_UP, CATCH_UP];

#[test]
fn in_no_order_is_a_dead_credential_served() {
    let (violated, held) = explore(&[SIGN_OUT, READER, FILLER, FOLLOWER]);
    assert!(!violated);
    assert_eq!(held, 25_200, "every order was tried");
}

#[test]
fn each_rule_is_needed() {
    let fence_after_read: &[Step] = &[READ_STORE, TAKE_FENCE, INSERT];
    let check_before_arrival: &[Step] = &[CHECK, ARRIVE, LOOK_UP];
    let log_after_answer: &[Step] = &[|w| w.lives = false, ANSWER, COMMIT];
    assert!(explore(&[SIGN_OUT, READER, fence_after_read, FOLLOWER]).0);
    assert!(explore(&[SIGN_OUT, check_before_arrival, FILLER, FOLLOWER]).0);
    assert!(explore(&[log_after_answer, READER, FILLER, FOLLOWER]).0);
}
