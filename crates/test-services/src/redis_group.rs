//! Several Redis servers that belong together.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use crate::process::await_within;
use crate::redis::REDIS;
use crate::server::LIMIT;
use crate::{Place, Server, Service, Software, Variable, free_port};

/// Redis by a configuration file, which the server rewrites.
static MEMBER: Service = Service {
    name: "Redis",
    url: Variable {
        name: "TEST_REDIS_MEMBER_URL",
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

const CONFIG: &str = "member.conf";

/// What is said to be lost after half a second, and replaced at once.
const PATIENCE_MS: u32 = 500;

const SLOTS: u32 = 16384;
const SHARDS: u32 = 3;

/// A throwaway cluster of three shards. It has Redis 7's manners.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Server>,
}

impl RedisCluster {
    /// Starts three servers with a third of the slots each.
    ///
    /// # Errors
    /// As [`Server::start`], or when they don't come to terms within a minute.
    pub fn start() -> Result<Self> {
        Self::of(SHARDS)
    }

    /// The same, and a fourth one that steps in for the first.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with_replica() -> Result<Self> {
        let cluster = Self::of(SHARDS + 1)?;
        let [first, .., spare] = &cluster.nodes[..] else {
            bail!("there is no spare server");
        };
        let id = ask(first, "CLUSTER MYID")?;
        let id = id.lines().nth(1).context("no id")?.trim();
        await_ok(spare, &format!("CLUSTER REPLICATE {id}"))?;
        await_text(spare, "INFO replication", "master_link_status:up")?;
        cluster.settle()?;
        Ok(cluster)
    }

    /// The URL of one server, by which the others are found.
    pub fn url(&self) -> String {
        self.nodes.first().map(Server::url).unwrap_or_default()
    }

    /// The servers: the shards in order, then the spare one.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    fn of(count: u32) -> Result<Self> {
        let nodes = (0..count).map(|_| member(&cluster_config(free_port()?)));
        let nodes = nodes.collect::<Result<Vec<_>>>()?;
        for (n, node) in (0..SHARDS).zip(&nodes) {
            let (from, to) = (SLOTS * n / SHARDS, SLOTS * (n + 1) / SHARDS - 1);
            await_ok(node, &format!("CLUSTER ADDSLOTSRANGE {from} {to}"))?;
            // So that none has to give in to another at their first meeting.
            await_ok(node, &format!("CLUSTER SET-CONFIG-EPOCH {}", n + 1))?;
        }
        let [first, others @ ..] = &nodes[..] else {
            bail!("a cluster of nobody");
        };
        for node in others {
            let bus = bus_port(node)?;
            let port = node.place().port();
            await_ok(first, &format!("CLUSTER MEET 127.0.0.1 {port} {bus}"))?;
        }
        let cluster = Self { nodes };
        cluster.settle()?;
        Ok(cluster)
    }

    /// Waits until every server knows all others.
    fn settle(&self) -> Result<()> {
        let known = format!("cluster_known_nodes:{}\r", self.nodes.len());
        for node in &self.nodes {
            await_text(node, "CLUSTER INFO", &known)?;
            await_text(node, "CLUSTER INFO", "cluster_state:ok")?;
        }
        Ok(())
    }
}

fn cluster_config(bus: u16) -> String {
    format!(
        "cluster-enabled yes\n\
         cluster-port {bus}\n\
         cluster-node-timeout {PATIENCE_MS}\n\
         cluster-replica-validity-factor 0\n\
         cluster-require-full-coverage no\n"
    )
}

fn bus_port(node: &Server) -> Result<u16> {
    let answer = ask(node, "CONFIG GET cluster-port")?;
    let port = answer.lines().rev().find(|line| !line.is_empty());
    Ok(port.context("no cluster-port")?.trim().parse()?)
}

/// A throwaway Redis, another that steps in for it, and a Sentinel that sees to that.
#[derive(Debug)]
pub struct RedisSentinel {
    sentinel: Server,
    servers: [Server; 2],
}

impl RedisSentinel {
    /// Starts all three.
    ///
    /// # Errors
    /// As [`Server::start`], or when they don't come to terms within a minute.
    pub fn start() -> Result<Self> {
        let master = member("")?;
        let port = master.place().port();
        let spare = member(&format!("replicaof 127.0.0.1 {port}\n"))?;
        await_text(&spare, "INFO replication", "master_link_status:up")?;
        let sentinel = member(&format!(
            "sentinel monitor main 127.0.0.1 {port} 1\n\
             sentinel down-after-milliseconds main {PATIENCE_MS}\n\
             sentinel failover-timeout main 3000\n"
        ))?;
        await_text(&sentinel, "INFO sentinel", "status=ok,address=127.0.0.1")?;
        await_text(&sentinel, "INFO sentinel", "slaves=1")?;
        Ok(Self {
            sentinel,
            servers: [master, spare],
        })
    }

    /// The URL that names the Sentinel and what it watches.
    pub fn url(&self) -> String {
        format!("redis-sentinel://127.0.0.1:{}/main", self.port())
    }

    /// The Sentinel's port.
    pub fn port(&self) -> u16 {
        self.sentinel.place().port()
    }

    /// The server that was in charge at first.
    pub fn master(&self) -> &Server {
        &self.servers[0]
    }
}

/// Starts a server with these lines in its configuration.
fn member(config: &str) -> Result<Server> {
    Server::start_with(&MEMBER, |place| {
        let port = place.port();
        let common = format!("port {port}\nbind 127.0.0.1\nsave \"\"\nappendonly no\n");
        place.write(CONFIG, &format!("{common}{config}"))
    })
}

fn redis_server(place: &Place) -> Command {
    let mut command = place.command("redis-server");
    command.arg(CONFIG);
    let config = std::fs::read_to_string(place.folder().join(CONFIG)).unwrap_or_default();
    if config.contains("sentinel monitor") {
        command.arg("--sentinel");
    }
    command
}

/// The answer to a command that has a short one.
fn ask(node: &Server, command: &str) -> Result<String> {
    let request = format!("{command}\r\nPING\r\n");
    let is_whole = |text: &str| text.ends_with("+PONG\r\n");
    let answer = node.place().converse(request.as_bytes(), is_whole);
    let answer = answer.with_context(|| format!("no answer to {command}"))?;
    Ok(answer.trim_end_matches("+PONG\r\n").to_owned())
}

fn await_ok(node: &Server, command: &str) -> Result<()> {
    await_text(node, command, "+OK")
}

/// Gives a command until its answer has this text.
fn await_text(node: &Server, command: &str, text: &str) -> Result<()> {
    let mut last = String::new();
    let found = await_within(LIMIT, || {
        last = ask(node, command)?;
        Ok(last.contains(text).then_some(()))
    })?;
    found.with_context(|| format!("{} never says {text} to {command}: {last}", REDIS.name))
}
