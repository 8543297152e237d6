//! The steps that must be atomic, as Lua scripts.

use deadpool_redis::redis::{self, Cmd, ToRedisArgs};

macro_rules! on_sessions {
    ($name:literal) => {
        Script::new(
            ("sessions", $name),
            concat!(
                include_str!("lua/sessions.lua"),
                include_str!(concat!("lua/", $name, ".lua"))
            ),
        )
    };
}

macro_rules! on_the_log {
    ($name:literal) => {
        Script::new(
            ("log", $name),
            concat!(
                include_str!("lua/log.lua"),
                include_str!(concat!("lua/", $name, ".lua"))
            ),
        )
    };
}

/// The scripts of the protocol of leases.
pub(super) struct LogScripts {
    pub(super) join: Script,
    pub(super) renew: Script,
    pub(super) look: Script,
    pub(super) close: Script,
    pub(super) leave: Script,
}

impl LogScripts {
    pub(super) fn new() -> Self {
        Self {
            join: on_the_log!("join"),
            renew: on_the_log!("renew"),
            look: on_the_log!("look"),
            close: on_the_log!("close"),
            leave: on_the_log!("leave"),
        }
    }
}

/// Every script on sessions and limits, with its hash computed once.
pub(super) struct Scripts {
    pub(super) insert: Script,
    pub(super) get: Script,
    pub(super) trace: Script,
    pub(super) replace: Script,
    pub(super) by_user: Script,
    pub(super) delete: Script,
    pub(super) denial: Script,
    pub(super) hit: Script,
    pub(super) settle: Script,
    pub(super) probe: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            insert: on_sessions!("insert"),
            get: on_sessions!("get"),
            trace: on_sessions!("trace"),
            replace: on_sessions!("replace"),
            by_user: on_sessions!("by_user"),
            delete: on_sessions!("delete"),
            denial: on_sessions!("denial"),
            hit: Script::new(("limits", "hit"), include_str!("lua/hit.lua")),
            settle: Script::new(("limits", "settle"), include_str!("lua/settle.lua")),
            probe: Script::new(("redis", "probe"), include_str!("lua/probe.lua")),
        }
    }
}

/// A script, and the hash by which servers know it.
pub(super) struct Script {
    /// What it works on, and what it does.
    name: (&'static str, &'static str),
    text: &'static str,
    hash: String,
}

impl Script {
    fn new(name: (&'static str, &'static str), text: &'static str) -> Self {
        let hash = redis::Script::new(text).get_hash().to_owned();
        Self { name, text, hash }
    }

    /// A call that names one key, by which a cluster finds the server. Further keys that the
    /// script uses are of the same slot.
    pub(super) fn key(&self, key: String) -> Call<'_> {
        Call {
            script: self,
            key,
            arguments: vec![],
        }
    }
}

/// A script with its arguments.
pub(super) struct Call<'a> {
    script: &'a Script,
    key: String,
    arguments: Vec<Vec<u8>>,
}

impl Call<'_> {
    pub(super) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// What the script works on.
    pub(super) fn store(&self) -> &'static str {
        self.script.name.0
    }

    /// What it does.
    pub(super) fn operation(&self) -> &'static str {
        self.script.name.1
    }

    /// The command for a server that knows the script.
    pub(super) fn by_hash(&self) -> Cmd {
        self.command("EVALSHA", &self.script.hash)
    }

    /// The command for any server, which knows the script afterwards.
    pub(super) fn by_text(&self) -> Cmd {
        self.command("EVAL", self.script.text)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = Cmd::new();
        command.arg(name).arg(script).arg(1).arg(&self.key);
        command.arg(&self.arguments);
        command
    }
}
