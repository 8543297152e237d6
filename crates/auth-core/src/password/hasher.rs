//! The bounded pool of threads that hash passwords.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tracing::{Instrument as _, debug_span};

use super::hash::Scratch;
use super::kinds::KindsInUse;
use super::{Argon2Cost, Candidates, Comparison, HashKind, Password, PasswordHash, PasswordSalt};
use crate::error::{AuthError, BoxError};
use crate::measure::{HashRefusal, Measurement, Meter};

/// How hashing is bounded.
#[derive(Clone, Copy, Debug)]
pub struct HasherConfig {
    /// The price of one guess.
    pub cost: Argon2Cost,
    /// Threads that hash.
    pub threads: usize,
    /// Passwords that may wait for a thread.
    pub queue: usize,
    /// How long one may wait.
    pub deadline: Duration,
}

/// How busy the threads that hash are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasherLoad {
    /// Passwords that wait for a thread, or are being hashed.
    pub pending: usize,
    /// Passwords that may wait for a thread.
    pub capacity: usize,
    /// Threads that hash.
    pub threads: usize,
}

/// What a look at a password brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// It is the account's password.
    pub matches: bool,
    /// Its hash was made with other parameters than today's.
    pub outdated: bool,
}

type Work = Box<dyn FnOnce(&mut Scratch) + Send>;

struct Job {
    deadline: Instant,
    work: Work,
}

/// Hashes and verifies passwords on threads of its own, so that nothing else waits
/// behind them. When the queue is full or a wait too long, it says so at once.
#[derive(Clone)]
pub struct Hasher {
    jobs: SyncSender<Job>,
    config: HasherConfig,
    dummy: PasswordHash,
    /// How the stored hashes were made, and how today's are.
    in_use: Arc<RwLock<KindsInUse>>,
    pending: Arc<AtomicUsize>,
    meter: Meter,
}

/// After this long without work a thread gives its memory back.
const IDLE: Duration = Duration::from_secs(5);

impl Hasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// When a thread can't be started or the parameters are unusable.
    pub fn start(config: HasherConfig) -> Result<Self, BoxError> {
        let (jobs, queue) = sync_channel(config.queue.max(1));
        let queue = Arc::new(Mutex::new(queue));
        for n in 0..config.threads.max(1) {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new()
                .name(format!("hash-{n}"))
                .spawn(move || work(&queue))?;
        }
        // Verified against when there is no account, so that its absence can't be timed.
        let dummy = PasswordHash::dummy(&config.cost)?;
        let in_use = Arc::new(RwLock::new(KindsInUse::today(config.cost)));
        Ok(Self {
            jobs,
            config,
            dummy,
            in_use,
            pending: Arc::default(),
            meter: Meter::default(),
        })
    }

    /// Tells this meter what hashing takes.
    #[must_use]
    pub fn measured_by(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// How busy the threads are.
    pub fn load(&self) -> HasherLoad {
        HasherLoad {
            pending: self.pending.load(Ordering::Relaxed),
            capacity: self.config.queue.max(1),
            threads: self.config.threads.max(1),
        }
    }

    /// Takes note of how stored hashes were made, so that [`compare`](Self::compare) takes as
    /// long for all of them.
    pub fn note_kinds(&self, stored: impl IntoIterator<Item = HashKind>) {
        let mut in_use = KindsInUse::today(self.config.cost);
        for kind in stored {
            in_use.note(kind);
        }
        *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = in_use;
    }

    /// The price of one guess, today.
    pub fn cost(&self) -> &Argon2Cost {
        &self.config.cost
    }

    /// Whether more than half of the places are taken where passwords wait for a thread.
    pub fn is_crowded(&self) -> bool {
        let load = self.load();
        load.pending.saturating_sub(load.threads) > load.capacity / 2
    }

    /// Hashes a password with today's parameters.
    ///
    /// # Errors
    /// [`AuthError::Overloaded`] when the queue is full or the wait too long.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, AuthError> {
        let salt = PasswordSalt::generate().map_err(AuthError::Internal)?;
        self.hash_with(password, salt).await
    }

    /// The same with a given salt.
    ///
    /// # Errors
    /// See [`hash`](Self::hash).
    pub async fn hash_with(
        &self,
        password: &Password,
        salt: PasswordSalt,
    ) -> Result<PasswordHash, AuthError> {
        let (password, cost) = (password.clone(), self.config.cost);
        self.run(move |scratch| scratch.hash(&password, &cost, &salt))
            .await
    }

    /// Compares a password with all that it may sign in to. Every comparison that does not
    /// sign in takes as long as every other, whatever there is to compare with.
    ///
    /// # Errors
    /// [`AuthError::Overloaded`] when the queue is full or the wait too long.
    pub async fn compare(
        &self,
        password: &Password,
        candidates: Candidates,
    ) -> Result<Comparison, AuthError> {
        let (password, today) = (password.clone(), self.config.cost);
        let in_use = {
            let known = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
            known.clone()
        };
        self.run(move |scratch| candidates.compare(scratch, &password, &in_use, &today))
            .await
    }

    /// Compares a password with a hash; without one it takes as long and never matches.
    /// A stored hash that can't be read matches nothing.
    ///
    /// # Errors
    /// [`AuthError::Overloaded`] when the queue is full or the wait too long.
    pub async fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> Result<Verdict, AuthError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.dummy);
        let outdated = known && hash.is_outdated(&self.config.cost);
        let (password, hash) = (password.clone(), hash.clone());
        let matches = self
            .run(move |scratch| scratch.verify(&password, &hash))
            .await?;
        Ok(Verdict {
            matches: known && matches,
            outdated,
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Scratch) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let (reply, answer) = oneshot::channel();
        let queued = Instant::now();
        let (place, meter) = (Place::taken(&self.pending), self.meter.clone());
        let asker = Asker { place, reply };
        let work: Work = Box::new(move |scratch| {
            // Whoever went away needs no answer.
            if !asker.is_gone() {
                let began = Instant::now();
                let done = task(scratch);
                meter.record(Measurement::Hashed {
                    waited: began - queued,
                    took: began.elapsed(),
                });
                asker.answer(done);
            }
        });
        let deadline = queued + self.config.deadline;
        match self.jobs.try_send(Job { deadline, work }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(self.refused(HashRefusal::QueueFull)),
            Err(TrySendError::Disconnected(_)) => {
                return Err(AuthError::Internal("the hashing threads are gone".into()));
            }
        }
        match answer.instrument(debug_span!("password.hash")).await {
            Ok(result) => result.map_err(AuthError::Internal),
            Err(_) => Err(self.refused(HashRefusal::Deadline)),
        }
    }

    fn refused(&self, why: HashRefusal) -> AuthError {
        self.meter.record(Measurement::HashRefused(why));
        AuthError::Overloaded {
            retry_after: self.config.deadline.max(Duration::from_secs(1)),
        }
    }
}

/// Who waits for an answer. Its place is free before it hears anything, a refusal included, which
/// is that this is dropped: fields are dropped in their order.
struct Asker<T> {
    place: Place,
    reply: oneshot::Sender<Result<T, BoxError>>,
}

impl<T> Asker<T> {
    fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }

    fn answer(self, done: Result<T, BoxError>) {
        drop(self.place);
        let _ = self.reply.send(done);
    }
}

/// A place among those that wait or are hashed, until it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn taken(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    // Hashing yields to whoever answers requests; where the system refuses, it does not.
    let _ = rustix::process::nice(10);
    let mut scratch = Scratch::default();
    loop {
        let job = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv_timeout(IDLE);
        match job {
            // A job past its deadline is dropped, and its sender told so by that.
            Ok(job) if Instant::now() <= job.deadline => (job.work)(&mut scratch),
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => scratch = Scratch::default(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Recorder;

    fn hasher(queue: usize, deadline: Duration) -> Hasher {
        let cost = "m=64,t=1,p=1".parse().unwrap();
        Hasher::start(HasherConfig {
            cost,
            threads: 1,
            queue,
            deadline,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn verifies_what_it_hashed_and_nothing_without_a_hash() {
        let hasher = hasher(8, Duration::from_secs(5));
        let password = Password::new("correct horse");
        let hash = hasher.hash(&password).await.unwrap();
        assert!(hasher.verify(&password, Some(&hash)).await.unwrap().matches);
        assert!(
            !hasher
                .verify(&Password::new(""), None)
                .await
                .unwrap()
                .matches
        );
    }

    #[tokio::test]
    async fn a_full_queue_and_a_passed_deadline_are_overload() {
        let hasher = hasher(1, Duration::ZERO);
        let (password, mut waits) = (Password::new("x"), vec![]);
        for _ in 0..50 {
            let (hasher, password) = (hasher.clone(), password.clone());
            waits.push(tokio::spawn(async move { hasher.hash(&password).await }));
        }
        let mut overloaded = 0;
        for wait in waits {
            if let Err(AuthError::Overloaded { retry_after }) = wait.await.unwrap() {
                assert!(retry_after >= Duration::from_secs(1));
                overloaded += 1;
            }
        }
        assert!(overloaded > 0);
        assert_eq!(hasher.load().pending, 0);
    }

    #[derive(Default)]
    struct Heard(Mutex<Vec<Measurement>>);

    impl Recorder for Heard {
        fn record(&self, measurement: &Measurement) {
            self.0.lock().unwrap().push(*measurement);
        }
    }

    #[tokio::test]
    async fn what_is_hashed_and_what_is_refused_is_measured() {
        let heard = Arc::new(Heard::default());
        let hasher = hasher(1, Duration::ZERO).measured_by(Meter::to(heard.clone()));
        let (mut hashed, mut refused) = (0, 0);
        let mut waits = vec![];
        for _ in 0..50 {
            let hasher = hasher.clone();
            let hash = async move { hasher.hash(&Password::new("x")).await };
            waits.push(tokio::spawn(hash));
        }
        for wait in waits {
            match wait.await.unwrap() {
                Ok(_) => hashed += 1,
                Err(_) => refused += 1,
            }
        }
        let heard = heard.0.lock().unwrap();
        let is_hash = |one: &&Measurement| matches!(one, Measurement::Hashed { .. });
        let is_refusal = |one: &&Measurement| matches!(one, Measurement::HashRefused(_));
        assert_eq!(heard.iter().filter(is_hash).count(), hashed);
        assert_eq!(heard.iter().filter(is_refusal).count(), refused);
    }
}
