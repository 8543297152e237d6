//! A store in memory, with what the contract asks of one, and the mistakes one could make.

use uuid::Uuid;

use super::config::Fault;
use crate::{
    Answer, Call, Committed, Entry, Incarnation, Instants, Lease, Listed, Name, Poll, Position,
    ServerId, Standing,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Store {
    pub alive: Vec<bool>,
    log: Vec<Entry>,
    /// A number that was drawn and is not committed (only by mistake).
    drawn: Vec<u64>,
    pub members: Vec<Listed>,
    server: u8,
    /// The server that was joined last, as the data say.
    joined: u8,
    settled: Option<u8>,
}

pub(super) fn name(key: usize) -> Name {
    Name::Session(session(key))
}

pub(super) fn session(key: usize) -> Uuid {
    Uuid::from_u64_pair(0, key as u64 + 1)
}

fn id(server: u8) -> ServerId {
    ServerId(["", "a", "b", "c", "d", "e"][usize::from(server)].into())
}

impl Store {
    pub fn new(keys: usize) -> Self {
        Self {
            alive: vec![true; keys],
            log: vec![],
            drawn: vec![],
            members: vec![],
            server: 1,
            joined: 1,
            settled: Some(1),
        }
    }

    pub fn head(&self) -> Position {
        let visible = |entry: &&Entry| !self.drawn.contains(&entry.number);
        let last = self.log.iter().rfind(visible);
        last.map_or(Position::ORIGIN, Entry::position)
    }

    pub fn server(&self) -> ServerId {
        id(self.server)
    }

    /// Whose log it is, as the data say.
    pub fn joined(&self) -> ServerId {
        id(self.joined)
    }

    pub fn handle(&mut self, call: &Call, fault: Option<Fault>) -> Answer {
        match call {
            Call::Join { incarnation, lease } => self.join(*incarnation, *lease),
            Call::Renew {
                incarnation,
                applied,
                server,
            } => self.renew(*incarnation, *applied, server, fault),
        }
    }

    fn join(&mut self, incarnation: Incarnation, lease: Lease) -> Answer {
        let head = self.head();
        self.joined = self.server;
        self.members.push(Listed {
            incarnation,
            lease,
            applied: head.number,
            granted: head.number,
        });
        let server = self.server();
        Answer::Joined { head, server }
    }

    fn renew(
        &mut self,
        incarnation: Incarnation,
        applied: Position,
        server: &ServerId,
        fault: Option<Fault>,
    ) -> Answer {
        let (head, now) = (self.head(), self.server());
        let strict = fault != Some(Fault::BlindStore);
        let base = match applied.number {
            0 => Some(Position::ORIGIN),
            number => self
                .log
                .iter()
                .find(|entry| entry.number == number)
                .map(Entry::position),
        };
        let base = if strict { base } else { base.or(Some(applied)) };
        let known = base == Some(applied) && *server == now;
        let member = self
            .members
            .iter_mut()
            .find(|member| member.incarnation == incarnation);
        match member {
            Some(_) if strict && !known => return Answer::Unknown,
            Some(member) => {
                member.applied = member.applied.max(applied.number);
                member.granted = member.granted.max(head.number);
            }
            None if fault == Some(Fault::RenewStrangers) => {}
            None => return Answer::Unknown,
        }
        let visible =
            |entry: &&Entry| entry.number > applied.number && !self.drawn.contains(&entry.number);
        Answer::Renewed {
            server: now,
            base: base.unwrap_or(Position::ORIGIN),
            entries: self.log.iter().filter(visible).cloned().collect(),
            head,
        }
    }

    /// Ends a key, and says so also when there is no such key. Where the log has said so before, it is
    /// the head that is waited for.
    pub fn revoke(&mut self, key: usize, by: usize, answered_at: Instants) -> Committed {
        let is_named = self
            .log
            .iter()
            .any(|entry| entry.names.contains(&name(key)));
        if std::mem::replace(&mut self.alive[key], false) || !is_named {
            let number = self.log.len() as u64 + 1;
            self.write(number, key, by);
        }
        let head = self.head();
        self.committed(head, answered_at)
    }

    fn write(&mut self, number: u64, key: usize, by: usize) {
        self.log.push(Entry {
            number,
            id: Uuid::from_u64_pair(u64::from(self.server) * 10 + by as u64, number),
            names: vec![name(key)],
        });
    }

    fn committed(&self, at: Position, answered_at: Instants) -> Committed {
        Committed {
            number: at.number,
            id: at.id,
            server: self.server(),
            standing: match self.settled {
                Some(server) if server == self.server => Standing::Settled,
                _ => Standing::Unsettled,
            },
            answered_at,
        }
    }

    /// The mistake to draw a number before the commit.
    pub fn draw(&mut self, key: usize, by: usize) -> u64 {
        let number = self.log.len() as u64 + 1;
        self.write(number, key, by);
        self.drawn.push(number);
        number
    }

    pub fn commit_drawn(&mut self, number: u64, key: usize, answered_at: Instants) -> Committed {
        self.alive[key] = false;
        self.drawn.retain(|drawn| *drawn != number);
        let at = self.log[number as usize - 1].position();
        self.committed(at, answered_at)
    }

    pub fn poll(&self, number: u64) -> Poll {
        Poll {
            server: self.server(),
            entry: match number {
                0 => Some(Uuid::nil()),
                _ => self
                    .log
                    .iter()
                    .find(|entry| entry.number == number)
                    .map(|entry| entry.id),
            },
            members: self.members.clone(),
        }
    }

    pub fn close(
        &mut self,
        change: &Committed,
        evict: &[Incarnation],
        settle: bool,
        fault: Option<Fault>,
    ) -> bool {
        let poll = self.poll(change.number);
        let is_same = poll.server == change.server && poll.entry == Some(change.id);
        if !is_same && fault != Some(Fault::CloseAnywhere) {
            return false;
        }
        let goes = |member: &Listed| match fault {
            Some(Fault::EvictByApplied) => member.applied < change.number,
            Some(Fault::EvictAlways) => true,
            _ => member.granted < change.number,
        };
        self.members
            .retain(|member| !(evict.contains(&member.incarnation) && goes(member)));
        if settle || fault == Some(Fault::CloseAnywhere) {
            self.settled = Some(self.server);
        }
        true
    }

    /// A replica is promoted, with as much of the data as it has.
    pub fn promoted(replica: &Self, old: &Self) -> Self {
        Self {
            server: old.server + 1,
            ..replica.clone()
        }
    }

    pub fn flush_all(&mut self) {
        *self = Self {
            alive: vec![false; self.alive.len()],
            server: self.server + 1,
            joined: self.server + 1,
            settled: None,
            ..Self::new(0)
        };
    }
}
