//! The threads that send, each with users of its own.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use tokio::runtime::Builder;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::open::{self, Arrivals};
use super::person::Person;
use super::tally::{Tally, lock};
use super::workload::{Script, Workload};
use super::{Offer, Window, closed};
use crate::lab::record::Shape;

/// How often to look whether to stop, and how late the timer is.
const TICK: Duration = Duration::from_millis(10);

/// The time from the order to begin to the beginning: threads have to hear of it.
const LEAD: Duration = Duration::from_millis(5);

/// Users that are ready to begin.
pub struct Workers {
    offer: Offer,
    threads: Vec<(oneshot::Sender<Window>, JoinHandle<anyhow::Result<Tally>>)>,
}

/// Users at work.
pub struct Working {
    /// When they work.
    pub window: Window,
    threads: Vec<JoinHandle<anyhow::Result<Tally>>>,
}

impl Workers {
    /// Starts the threads, and has everybody sign in whose workload begins that way.
    ///
    /// # Errors
    /// When a thread can't be started or a sign-in fails.
    pub fn gather(offer: &Offer) -> anyhow::Result<Self> {
        let count = offer.threads.clamp(1, offer.users());
        let (ready, readiness) = channel();
        let mut workers = Self {
            offer: offer.clone(),
            threads: vec![],
        };
        for first in 0..count {
            let share = Share {
                offer: offer.clone(),
                first,
                step: count,
            };
            let (go, order) = oneshot::channel();
            let ready = ready.clone();
            let thread = std::thread::Builder::new().name(format!("users-{first}"));
            let thread = thread.spawn(move || share.work(&ready, order))?;
            workers.threads.push((go, thread));
        }
        drop(ready);
        await_all(&readiness, count)?;
        Ok(workers)
    }

    /// Has them begin.
    pub fn go(self) -> Working {
        let start = Instant::now() + LEAD;
        let from = start + self.offer.prelude();
        let window = Window {
            start,
            from,
            until: from + self.offer.time,
        };
        let mut threads = vec![];
        for (go, thread) in self.threads {
            // A thread that is gone says why when it is joined.
            let _ = go.send(window);
            threads.push(thread);
        }
        Working { window, threads }
    }
}

impl Working {
    /// Waits for the end, and adds up what came of it.
    ///
    /// # Errors
    /// When a thread could not do its work.
    pub fn finish(self) -> anyhow::Result<Tally> {
        let mut sum = Tally::new()?;
        for thread in self.threads {
            let tally = thread.join().map_err(|_| anyhow!("a thread panicked"))?;
            sum.add(&tally?)?;
        }
        Ok(sum)
    }
}

fn await_all(readiness: &Receiver<anyhow::Result<()>>, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        readiness.recv().context("a thread ended early")??;
    }
    Ok(())
}

/// The users of one thread: `first`, `first + step` …
struct Share {
    offer: Offer,
    first: usize,
    step: usize,
}

impl Share {
    fn work(
        &self,
        ready: &Sender<anyhow::Result<()>>,
        order: oneshot::Receiver<Window>,
    ) -> anyhow::Result<Tally> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let people = self.people().await;
            let (people, outcome) = match people {
                Ok(people) => (people, Ok(())),
                Err(error) => (vec![], Err(error)),
            };
            // Whoever gathers may have given up because of another thread.
            let _ = ready.send(outcome);
            match order.await {
                Ok(window) => self.act(people, window).await,
                Err(_) => Tally::new(),
            }
        })
    }

    fn numbers(&self) -> impl Iterator<Item = usize> {
        (self.first..self.offer.users()).step_by(self.step)
    }

    /// The users, signed in where they begin like that.
    async fn people(&self) -> anyhow::Result<Vec<Person>> {
        let signed_in = matches!(self.offer.workload, Workload::Read | Workload::Refresh);
        let mut people = vec![];
        for number in self.numbers() {
            let node = &self.offer.nodes[number % self.offer.nodes.len()];
            let accounts = &self.offer.accounts;
            if accounts.is_empty() {
                people.push(Person::anonymous(node));
                continue;
            }
            let mut person = Person::new(node, &accounts[number % accounts.len()]);
            if signed_in && !self.offer.stop.load(Ordering::Relaxed) {
                person.sign_in().await?;
            }
            people.push(person);
        }
        Ok(people)
    }

    async fn act(&self, people: Vec<Person>, window: Window) -> anyhow::Result<Tally> {
        let tally = Arc::new(Mutex::new(Tally::new()?));
        let mut tasks = self.tasks(people, window, &tally);
        let done = async {
            while let Some(task) = tasks.join_next().await {
                task.context("a user panicked")??;
            }
            anyhow::Ok(())
        };
        tokio::select! {
            done = done => done?,
            () = self.watch(&tally) => {}
        }
        drop(tasks);
        Ok(lock(&tally).clone())
    }

    fn tasks(
        &self,
        people: Vec<Person>,
        window: Window,
        tally: &Arc<Mutex<Tally>>,
    ) -> JoinSet<anyhow::Result<()>> {
        let mut tasks = JoinSet::new();
        let mut queues = vec![];
        for (number, person) in self.numbers().zip(people) {
            let script = Script::new(self.offer.workload, number, self.offer.seed);
            let tally = Arc::clone(tally);
            match self.offer.shape {
                Shape::Closed { .. } => {
                    let begins = window.start + self.offer.begins(number);
                    let user = closed::act(person, script, begins, window, tally);
                    tasks.spawn(async {
                        user.await;
                        Ok(())
                    });
                }
                Shape::Open { .. } => {
                    let (queue, arrivals) = unbounded_channel();
                    queues.push(queue);
                    let user = open::act(person, script, arrivals, window, tally);
                    tasks.spawn(async {
                        user.await;
                        Ok(())
                    });
                }
            }
        }
        if let Shape::Open { rate, .. } = self.offer.shape {
            let arrivals = Arrivals {
                rate,
                users: self.offer.users(),
                first: self.first,
                step: self.step,
            };
            tasks.spawn(open::pace(arrivals, queues, window));
        }
        tasks
    }

    /// Notes how late the timer is, until it is time to stop early.
    async fn watch(&self, tally: &Mutex<Tally>) {
        while !self.offer.stop.load(Ordering::Relaxed) {
            let due = Instant::now() + TICK;
            tokio::time::sleep_until(due.into()).await;
            let mut tally = lock(tally);
            tally.late = tally.late.max(due.elapsed());
        }
    }
}
