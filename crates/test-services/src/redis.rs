//! Redis.

use std::process::Command;

use rustix::process::Signal;

use crate::server::throwaway;
use crate::{Place, Server, Service, Software, Variable};

/// Redis, any version, without a password.
pub static REDIS: Service = Service {
    name: "Redis",
    url: Variable {
        name: "TEST_REDIS_URL",
        value: |place| format!("redis://127.0.0.1:{}", place.port()),
    },
    also: &[],
    software: Software::debian(&["redis-server"], &["redis-server"]),
    prepare: |_| Ok(()),
    command: redis_server,
    is_ready: |place| place.answers(b"PING\r\n", b"+PONG"),
    stop: Signal::TERM,
    discard: Signal::KILL,
};

/// A throwaway Redis.
#[derive(Debug)]
pub struct Redis(Server);

throwaway!(Redis is REDIS);

/// A save point nobody reaches keeps it from writing while it runs, yet has it write its
/// data when it is stopped in good order.
fn redis_server(place: &Place) -> Command {
    let mut command = place.command("redis-server");
    command
        .args(["--port", &place.port().to_string(), "--bind", "127.0.0.1"])
        .args(["--daemonize", "no", "--appendonly", "no"])
        .args(["--save", "86400 1000000000"]);
    command
}
