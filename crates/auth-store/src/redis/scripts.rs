//! The steps that must be atomic, as Lua scripts.

use deadpool_redis::redis::{self, Cmd, ToRedisArgs};

macro_rules! on_sessions {
    ($file:literal) => {
        Script::new(concat!(
            include_str!("lua/sessions.lua"),
            include_str!(concat!("lua/", $file))
        ))
    };
}

macro_rules! on_the_log {
    ($file:literal) => {
        Script::new(concat!(
            include_str!("lua/log.lua"),
            include_str!(concat!("lua/", $file))
        ))
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
            join: on_the_log!("join.lua"),
            renew: on_the_log!("renew.lua"),
            look: on_the_log!("look.lua"),
            close: on_the_log!("close.lua"),
            leave: on_the_log!("leave.lua"),
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
            insert: on_sessions!("insert.lua"),
            get: on_sessions!("get.lua"),
            trace: on_sessions!("trace.lua"),
            replace: on_sessions!("replace.lua"),
            by_user: on_sessions!("by_user.lua"),
            delete: on_sessions!("delete.lua"),
            denial: on_sessions!("denial.lua"),
            hit: Script::new(include_str!("lua/hit.lua")),
            settle: Script::new(include_str!("lua/settle.lua")),
            probe: Script::new(include_str!("lua/probe.lua")),
        }
    }
}

/// A script, and the hash by which servers know it.
pub(super) struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        let hash = redis::Script::new(text).get_hash().to_owned();
        Self { text, hash }
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
