//! The proxy is a longer cable: it adds to the round trip, and takes nothing else away.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use auth_bench::lab::proxy::{Protocol, Proxy};

/// A server that sends back what it gets.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut buffer = vec![0; 1 << 16];
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    stream.write_all(&buffer[..length]).unwrap();
                }
            });
        }
    });
    address
}

const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

#[test]
fn a_round_trip_takes_as_much_longer_as_was_asked_for() {
    let rtt = Duration::from_millis(20);
    let proxy = Proxy::start(echo(), rtt, Protocol::Redis).unwrap();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut least = Duration::MAX;
    for _ in 0..10 {
        let begun = Instant::now();
        stream.write_all(PING).unwrap();
        let mut answer = [0; PING.len()];
        stream.read_exact(&mut answer).unwrap();
        assert!(begun.elapsed() >= rtt, "{:?}", begun.elapsed());
        least = least.min(begun.elapsed());
        assert_eq!(answer, PING);
    }
    assert!(least < rtt + rtt / 2, "{least:?}");
    assert_eq!(proxy.trips(), 10);
}

#[test]
fn a_delay_does_not_limit_throughput() {
    const SIZE: usize = 16 << 20;
    let proxy = Proxy::start(echo(), Duration::from_millis(200), Protocol::Redis).unwrap();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let begun = Instant::now();
    thread::spawn(move || writer.write_all(&vec![7; SIZE]).unwrap());
    let mut back = vec![0; SIZE];
    stream.read_exact(&mut back).unwrap();
    assert!(back.iter().all(|byte| *byte == 7));
    // One piece after the other, 64 KiB each, would take 51 seconds.
    assert!(begun.elapsed() < Duration::from_secs(15));
}

/// In a runtime, where the lab itself starts proxies.
#[tokio::test]
async fn an_end_of_the_connection_is_passed_on() {
    let proxy = Proxy::start(echo(), Duration::ZERO, Protocol::Postgres).unwrap();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    stream.write_all(b"1234").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = vec![];
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"1234");
}
