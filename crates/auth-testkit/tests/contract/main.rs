//! The contract, held against real servers in every combination of strategy, database and
//! session store: `session::sqlite::database::sign_up::a_confirmation_token_works_once`.

mod combination;
mod database;
mod matrix;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A case waits for mail most of its time.
    arguments.test_threads.get_or_insert(12);
    libtest_mimic::run(&arguments, matrix::tests()).exit_code()
}
