use super::*;
use crate::lab::environment::{Store, Strategy};

fn point(strategy: Strategy, store: Store, nodes: u32, workload: Workload) -> Point {
    let deployment = Deployment {
        nodes,
        ..Deployment::of(strategy, store)
    };
    Point {
        target: Target::Own(deployment),
        workload,
        shape: Shape::Closed { users: 1 },
        time: Duration::from_secs(1),
        ramp: None,
        repetitions: 3,
        search: false,
    }
}

fn plan(points: Vec<Point>) -> Plan {
    let settings = Settings {
        time: Duration::from_secs(1),
        warm_up: Duration::ZERO,
        threads: 1,
        argon2: Argon2Cost::RECOMMENDED,
        cheap: Argon2Cost::RECOMMENDED,
        p99: Duration::ZERO,
        revocation_wait: Duration::ZERO,
        weighed_sessions: 0,
        users_file: None,
        seed: 0,
    };
    Plan {
        settings,
        points,
        rounds: 2,
        bare: 1,
    }
}

fn rounds(plan: &Plan) -> Vec<Vec<Vec<usize>>> {
    let steps = plan.steps().into_iter();
    let rounds = steps.filter_map(|step| match step {
        Step::Rounds(rounds) => Some(rounds),
        _ => None,
    });
    rounds.collect()
}

#[test]
fn those_who_compare_take_turns_there_and_back() {
    use Store::{Redis, Sqlite};
    use Strategy::{JwtDenylist, Session};
    use Workload::{Read, Refresh, SignIn};
    let plan = plan(vec![
        point(Session, Sqlite, 1, Read),
        point(Session, Sqlite, 1, Refresh),
        point(Session, Redis, 1, Read),
        point(JwtDenylist, Sqlite, 1, Read),
        point(JwtDenylist, Sqlite, 1, Refresh),
        point(JwtDenylist, Redis, 1, Read),
        point(JwtDenylist, Sqlite, 1, SignIn),
    ]);
    let sqlite = [vec![0, 3, 1, 4], vec![4, 1, 3, 0]];
    let redis = [vec![2, 5], vec![5, 2]];
    let hashing = [vec![6], vec![6]];
    let first = [&sqlite, &redis, &hashing].map(|group| group.to_vec());
    let second = first.clone().map(|group| group[..1].to_vec());
    assert_eq!(rounds(&plan), [first, second].concat());
}

#[test]
fn only_so_many_servers_run_at_once() {
    let all = Strategy::ALL.map(|strategy| point(strategy, Store::Redis, 3, Workload::Read));
    let plan = plan(all.into());
    let groups = rounds(&plan);
    assert_eq!(groups[0][0], [0, 1, 2, 3]);
    assert_eq!(groups[1][0], [4, 5, 6, 7]);
}

#[test]
fn who_is_measured_less_often_ends_earlier() {
    let mut long = point(Strategy::Session, Store::Sqlite, 1, Workload::Read);
    let short = Point {
        repetitions: 1,
        workload: Workload::Refresh,
        ..long.clone()
    };
    long.repetitions = 2;
    let plan = plan(vec![long, short]);
    assert_eq!(rounds(&plan), [vec![vec![0, 1], vec![0]]]);
}
