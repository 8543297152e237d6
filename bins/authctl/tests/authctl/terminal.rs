//! What a person at a terminal is asked.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::accounts::{PASSWORD, Server, create, creating};
use crate::tool::Authctl;

/// A person at a terminal who runs a command.
struct Dialogue {
    child: Child,
    terminal: File,
    seen: String,
}

impl Dialogue {
    fn start(tool: &Authctl, args: &[&str]) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let terminal = openpt(flags).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let end = File::from(ioctl_tiocgptpeer(&terminal, flags).unwrap());
        let mut command = tool.command(args);
        command.stdin(Stdio::from(end.try_clone().unwrap()));
        command.stderr(Stdio::from(end));
        Self {
            child: command.spawn().unwrap(),
            terminal: File::from(terminal),
            seen: String::new(),
        }
    }

    /// Reads until this is on the screen.
    fn sees(&mut self, text: &str) -> &mut Self {
        let mut bytes = [0; 256];
        while !self.seen.contains(text) {
            // A terminal whose program has ended can't be read.
            let read = self.terminal.read(&mut bytes).unwrap_or(0);
            assert!(read > 0, "no {text:?} in {:?}", self.seen);
            self.seen += std::str::from_utf8(&bytes[..read]).unwrap();
        }
        self
    }

    fn types(&mut self, line: &str) -> &mut Self {
        writeln!(self.terminal, "{line}").unwrap();
        self
    }

    /// Reads to the end; gives the exit code and all that was on the screen.
    fn ends(mut self) -> (Option<i32>, String) {
        let mut rest = vec![];
        // Reading ends in an error when the program has ended.
        let _ = self.terminal.read_to_end(&mut rest);
        let code = self.child.wait().unwrap().code();
        (code, self.seen + std::str::from_utf8(&rest).unwrap())
    }
}

fn with_ada() -> Authctl {
    let tool = Authctl::new(None);
    tool.run(&["db", "migrate"]).done();
    create(&tool, "ada");
    tool
}

fn users(tool: &Authctl) -> usize {
    tool.json(&["user", "list"])["users"]
        .as_array()
        .unwrap()
        .len()
}

#[test]
fn what_is_answered_with_yes_is_done_and_nothing_else() {
    let tool = with_ada();
    for answer in ["", "n", "no", "ada", "yy"] {
        let mut dialogue = Dialogue::start(&tool, &["user", "delete", "ada"]);
        let question = "Delete user ada (Ada Lovelace, ada@example.org)? [y/N]";
        dialogue.sees(question).types(answer);
        let (code, screen) = dialogue.ends();
        assert_eq!(code, Some(2), "{answer:?}: {screen}");
        assert!(screen.contains("nothing was changed"), "{screen}");
        assert_eq!(users(&tool), 1);
    }
    let mut dialogue = Dialogue::start(&tool, &["user", "delete", "ada"]);
    dialogue.sees("[y/N]").types("Y");
    assert_eq!(dialogue.ends().0, Some(0));
    assert_eq!(users(&tool), 0);
}

#[test]
fn in_production_a_reset_wants_the_name_of_the_database() {
    let tool = with_ada();
    let reset = ["db", "reset", "--env", "production"];
    let mut hasty = Dialogue::start(&tool, &reset);
    hasty.sees("Type auth.db to go on:").types("y");
    assert_eq!(hasty.ends().0, Some(2));
    assert_eq!(users(&tool), 1);
    let mut careful = Dialogue::start(&tool, &reset);
    careful.sees("Type auth.db to go on:").types("auth.db");
    assert_eq!(careful.ends().0, Some(0));
    assert_eq!(users(&tool), 0);
}

#[test]
fn a_typed_password_is_asked_for_twice_and_never_shown() {
    let tool = with_ada();
    let args = creating("grace", "grace@example.org");
    let mut careless = Dialogue::start(&tool, &args);
    careless.sees("Password:").types(PASSWORD);
    careless.sees("The same again:").types("something else");
    assert_eq!(careless.ends().0, Some(2));
    assert_eq!(users(&tool), 1);
    let mut careful = Dialogue::start(&tool, &args);
    careful.sees("Password:").types(PASSWORD);
    careful.sees("The same again:").types(PASSWORD);
    let (code, screen) = careful.ends();
    assert_eq!(code, Some(0), "{screen}");
    assert!(!screen.contains(PASSWORD), "{screen}");
    assert!(Server::on(&tool).has_password("grace", PASSWORD));
}

#[test]
fn a_terminal_that_goes_away_has_not_answered() {
    let tool = with_ada();
    let mut dialogue = Dialogue::start(&tool, &["user", "disable", "ada"]);
    // The end of the input, as typed.
    dialogue.sees("[y/N]").terminal.write_all(&[4]).unwrap();
    assert_ne!(dialogue.ends().0, Some(0));
    assert_eq!(
        tool.json(&["user", "show", "ada"])["user"]["disabled"],
        false
    );
}
