//! The command line: reads what was asked, does it through the API, and answers by text, JSON
//! and an exit code. It decides nothing that a recorder should decide.

mod camera_password;
mod child;
mod cli;
mod commands;
mod connect;
mod failure;
mod footage;
mod host;
mod output;
mod picture_process;
mod pictures;
mod token;

use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors.
            let code = if error.use_stderr() { failure::BAD_USAGE } else { failure::DONE };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("AFTERIMAGE_LOG")
                .unwrap_or_else(|_| cli.command.default_log().into()),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    if cli.command.steps_back() {
        step_back();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("afterimage: the machine gave no threads to run on: {error}");
            return ExitCode::from(failure::RECORDER_FAILED);
        }
    };
    let outcome = runtime.block_on(commands::run(cli));
    // A blocking read of standard input must not hold the process.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}{failure}", failure::FAILURE_PREFIX);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Behind those that record; before there are threads, so that all inherit it.
fn step_back() {
    if let Err(error) = rustix::process::nice(15) {
        tracing::debug!(%error, "this runs at the usual priority");
    }
}
