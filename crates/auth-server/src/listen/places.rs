//! How many connections there are, of whom, and which one makes way for another.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use auth_core::Live;
use futures_util::task::AtomicWaker;
use ipnet::IpNet;

use super::peer::Peer;

/// How many connections there may be.
#[derive(Clone, Debug)]
pub(super) struct Caps {
    /// In all.
    pub(super) total: usize,
    /// Of one peer.
    pub(super) per_peer: usize,
    /// Peers that speak for many: they have no cap of their own.
    pub(super) proxies: Live<Vec<IpNet>>,
}

/// The places that connections take.
pub(super) struct Places {
    caps: Caps,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    seats: HashMap<u64, Arc<Seat>>,
    by_peer: HashMap<Peer, usize>,
    next: u64,
}

/// What the places know of a connection.
struct Seat {
    peer: Peer,
    is_proxy: bool,
    /// Since when it waits for its peer, in ms; [`BUSY`] while the peer waits for us.
    idle_since: AtomicU64,
    evicted: AtomicBool,
    task: AtomicWaker,
}

const BUSY: u64 = u64::MAX;

/// A connection's place; it is free again when this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    id: u64,
    seat: Arc<Seat>,
}

impl Places {
    pub(super) fn new(caps: Caps) -> Self {
        Self {
            caps,
            taken: Mutex::default(),
        }
    }

    /// A place for a connection of this peer. Where there are too many, the one that has
    /// been idle longest makes way: of the same peer when it is that one who has too many,
    /// otherwise of whoever has most. When none is idle, there is no place.
    pub(super) fn admit(self: &Arc<Self>, ip: IpAddr) -> Option<Place> {
        let peer = Peer::of(ip);
        let proxies = self.caps.proxies.get();
        let is_proxy = proxies.iter().any(|net| net.contains(&ip));
        let mut taken = self.taken();
        let held = taken.by_peer.get(&peer).copied().unwrap_or_default();
        if !is_proxy && held >= self.caps.per_peer && !taken.evict(Some(peer)) {
            return None;
        }
        if taken.seats.len() >= self.caps.total && !taken.evict(None) {
            return None;
        }
        let seat = Arc::new(Seat {
            peer,
            is_proxy,
            idle_since: AtomicU64::new(Moment::now().0),
            evicted: AtomicBool::new(false),
            task: AtomicWaker::new(),
        });
        let id = taken.next;
        taken.next += 1;
        taken.seats.insert(id, seat.clone());
        *taken.by_peer.entry(peer).or_default() += 1;
        Some(Place {
            places: self.clone(),
            id,
            seat,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // No step under the lock can panic half-way.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Takes the place of an idle connection, of this peer or of anybody.
    fn evict(&mut self, of: Option<Peer>) -> bool {
        let idle = self.seats.iter().filter_map(|(id, seat)| {
            let since = seat.idle_since.load(Ordering::Relaxed);
            let may_go = since != BUSY && of.is_none_or(|peer| peer == seat.peer);
            may_go.then_some((*id, seat, since))
        });
        let greediest_then_oldest = |(id, seat, since): &(u64, &Arc<Seat>, u64)| {
            // A proxy's connections are those of many.
            let held = if seat.is_proxy {
                0
            } else {
                self.by_peer[&seat.peer]
            };
            (held, Reverse(*since), Reverse(*id))
        };
        let Some((id, ..)) = idle.max_by_key(greediest_then_oldest) else {
            return false;
        };
        if let Some(seat) = self.leave(id) {
            seat.evicted.store(true, Ordering::Release);
            seat.task.wake();
        }
        true
    }

    fn leave(&mut self, id: u64) -> Option<Arc<Seat>> {
        let seat = self.seats.remove(&id)?;
        if let Some(held) = self.by_peer.get_mut(&seat.peer) {
            *held -= 1;
            if *held == 0 {
                self.by_peer.remove(&seat.peer);
            }
        }
        Some(seat)
    }
}

impl Place {
    /// The connection waits for its peer from now on.
    pub(super) fn idle(&self) {
        self.idle_since(Moment::now());
    }

    /// The connection has been waiting for its peer since then.
    pub(super) fn idle_since(&self, since: Moment) {
        self.seat.idle_since.store(since.0, Ordering::Relaxed);
    }

    /// The peer waits for an answer.
    pub(super) fn busy(&self) {
        self.seat.idle_since.store(BUSY, Ordering::Relaxed);
    }

    /// Whether the connection has to make way; otherwise its task hears of it.
    pub(super) fn has_to_go(&self, task: &Waker) -> bool {
        self.seat.task.register(task);
        self.seat.evicted.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().leave(self.id);
    }
}

/// A time in ms since the first question for one.
#[derive(Clone, Copy)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) fn now() -> Self {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        Self(u64::try_from(START.elapsed().as_millis()).unwrap_or(BUSY - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "192.0.2.1";
    const B: &str = "192.0.2.2";
    const PROXY: &str = "10.0.0.1";

    fn places(total: usize, per_peer: usize) -> Arc<Places> {
        Arc::new(Places::new(Caps {
            total,
            per_peer,
            proxies: vec!["10.0.0.0/8".parse().unwrap()].into(),
        }))
    }

    fn admit(places: &Arc<Places>, ip: &str) -> Option<Place> {
        places.admit(ip.parse().unwrap())
    }

    fn gone(place: &Place) -> bool {
        place.has_to_go(Waker::noop())
    }

    #[test]
    fn the_oldest_idle_one_of_a_greedy_peer_makes_way() {
        let places = places(10, 2);
        let (first, second) = (admit(&places, A).unwrap(), admit(&places, A).unwrap());
        let other = admit(&places, B).unwrap();
        first.busy();
        let third = admit(&places, A).unwrap();
        assert!(gone(&second) && !gone(&first) && !gone(&other));
        third.busy();
        assert!(admit(&places, A).is_none(), "both of its places are busy");
        assert!(admit(&places, B).is_some());
    }

    #[test]
    fn who_has_most_makes_way_for_others() {
        let places = places(3, 3);
        let lonely = admit(&places, B).unwrap();
        let greedy = [admit(&places, A).unwrap(), admit(&places, A).unwrap()];
        let newcomer = admit(&places, "192.0.2.3").unwrap();
        assert!(gone(&greedy[0]) && !gone(&greedy[1]) && !gone(&lonely) && !gone(&newcomer));
    }

    #[test]
    fn a_proxy_speaks_for_many() {
        let places = places(4, 1);
        let behind: Vec<_> = (0..4).map(|_| admit(&places, PROXY).unwrap()).collect();
        assert!(behind.iter().all(|place| !gone(place)));
        assert!(admit(&places, A).is_some(), "one of the proxy's is idle");
        assert!(gone(&behind[0]));
    }

    #[test]
    fn a_place_that_is_left_is_free() {
        let places = places(1, 1);
        for _ in 0..3 {
            let place = admit(&places, A).unwrap();
            place.busy();
            assert!(admit(&places, B).is_none());
        }
        assert!(places.taken().by_peer.is_empty());
    }

    #[test]
    fn an_evicted_place_is_not_freed_twice() {
        let places = places(1, 1);
        let evicted = admit(&places, A).unwrap();
        let place = admit(&places, B).unwrap();
        place.busy();
        drop(evicted);
        assert!(admit(&places, A).is_none());
    }
}
