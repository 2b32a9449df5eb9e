(* A program in OCaml on Lwt, whose engine is libev: sleeps, timeouts, pipes,
   processes, signals, threads, and an echo server with hundreds of clients.
   For `perform`: tells its memory map, and each job that is done. *)

open Lwt.Infix

let expect holds what = if not holds then failwith ("not so: " ^ what)
let now = Unix.gettimeofday

(* Sleeps end in the order of their lengths, and none ends early. The first
   has the length 0: with it the loop reads the clock after `start`. *)
let sleeps () =
  let order = ref [] and start = now () in
  let sleeper seconds =
    Lwt_unix.sleep seconds >|= fun () ->
    expect (now () -. start >= seconds -. 0.001) "no sleep ends early";
    order := seconds :: !order in
  let lengths = [ 0.04; 0.01; 0.03; 0.02 ] in
  Lwt_unix.sleep 0. >>= fun () ->
  Lwt.join (List.map sleeper lengths) >|= fun () ->
  expect (List.rev !order = List.sort compare lengths) "they end in order"

(* Half of many sleepers are canceled while they sleep. *)
let many_timers () =
  let woken = ref 0 and canceled = ref 0 in
  let sleeper i =
    Lwt.catch
      (fun () ->
        Lwt_unix.sleep (float_of_int (i mod 20) /. 1000. +. 0.02) >|= fun () ->
        incr woken)
      (fun _ -> incr canceled; Lwt.return_unit) in
  let all = List.init 20_000 sleeper in
  List.iteri (fun i one -> if i mod 2 = 0 then Lwt.cancel one) all;
  Lwt.join all >|= fun () ->
  expect (!woken = 10_000 && !canceled = 10_000) "half of them are woken"

(* A timeout cuts off a wait, and one that is not reached does nothing. *)
let timeouts () =
  let never, _ = Lwt.task () in
  Lwt.catch
    (fun () -> Lwt_unix.with_timeout 0.02 (fun () -> never))
    (function Lwt_unix.Timeout -> Lwt.return_unit | other -> Lwt.fail other)
  >>= fun () -> Lwt_unix.with_timeout 50. (fun () -> Lwt_unix.sleep 0.01)

let repeated_timer () =
  let done_, finish = Lwt.wait () and ticks = ref 0 in
  let on_tick event =
    incr ticks;
    if !ticks = 3 then begin
      Lwt_engine.stop_event event;
      Lwt.wakeup finish ()
    end in
  ignore (Lwt_engine.on_timer 0.003 true on_tick);
  done_ >|= fun () -> expect (!ticks = 3) "three ticks"

(* A megabyte through a pipe, written and read in pieces of other sizes. *)
let pipe () =
  let size = 1 lsl 20 in
  let data = Bytes.init size (fun i -> Char.chr (i * 7 land 255)) in
  let input, output = Lwt_unix.pipe ~cloexec:true () in
  let rec write at =
    if at = size then Lwt_unix.close output
    else
      Lwt_unix.write output data at (min 10_000 (size - at)) >>= fun n ->
      write (at + n) in
  let got = Buffer.create size and piece = Bytes.create 7_777 in
  let rec read () =
    Lwt_unix.read input piece 0 (Bytes.length piece) >>= fun n ->
    if n = 0 then Lwt_unix.close input
    else (Buffer.add_subbytes got piece 0 n; read ()) in
  Lwt.join [ read (); write 0 ] >|= fun () ->
  expect (Buffer.to_bytes got = data) "all that was sent arrives"

(* Some hundred clients at once, each of them with several messages. *)
let echo_clients count messages () =
  let rec serve (input, output) =
    Lwt_io.read ~count:4096 input >>= fun text ->
    if text = "" then Lwt.return_unit
    else
      Lwt_io.write output text >>= fun () ->
      Lwt_io.flush output >>= fun () -> serve (input, output) in
  let fd = Lwt_unix.(socket PF_INET SOCK_STREAM 0) in
  Lwt_io.establish_server_with_client_address ~fd ~backlog:1000
    Unix.(ADDR_INET (inet_addr_loopback, 0)) (fun _ -> serve) >>= fun server ->
  let talk i (input, output) =
    let rec say message =
      if message = 0 then Lwt.return_unit
      else
        let text = Printf.sprintf "message %d of client %d" message i in
        Lwt_io.write_line output text >>= fun () ->
        Lwt_io.read_line input >>= fun answer ->
        expect (answer = text) "the answer is what was sent";
        say (message - 1) in
    say messages in
  let client i = Lwt_io.with_connection (Lwt_unix.getsockname fd) (talk i) in
  Lwt.join (List.init count client) >>= fun () ->
  Lwt_io.shutdown_server server

let processes () =
  let run i =
    let command = Lwt_process.shell (Printf.sprintf "cat; exit %d" i) in
    let text = String.make 100_000 'x' in
    Lwt_process.with_process command (fun child ->
        let write = Lwt_io.write child#stdin text >>= fun () ->
          Lwt_io.close child#stdin in
        Lwt.both (Lwt_io.read child#stdout) write >>= fun (answer, ()) ->
        expect (answer = text) "the child's output is its input";
        child#status >|= fun status ->
        expect (status = Unix.WEXITED i) "its status is its own") in
  Lwt.join (List.init 20 run)

let signals () =
  let came, come = Lwt.wait () in
  let id = Lwt_unix.on_signal Sys.sigusr1 (fun _ -> Lwt.wakeup come ()) in
  Lwt_unix.sleep 0.01 >>= fun () ->
  Unix.kill (Unix.getpid ()) Sys.sigusr1;
  came >|= fun () -> Lwt_unix.disable_signal_handler id

(* Threads work while the loop goes on, and wake it when they are done. *)
let threads () =
  let work i = Lwt_preemptive.detach (fun () -> Thread.delay 0.01; i * i) () in
  Lwt_list.map_p work (List.init 16 Fun.id) >|= fun squares ->
  expect (squares = List.init 16 (fun i -> i * i)) "every thread's result"

(* A forked child has a loop of its own; what it gives up is not lost for its
   parent. *)
let fork () =
  let input, output = Lwt_unix.pipe () in
  let byte = Lwt_unix.read input (Bytes.create 1) 0 1 in
  Lwt_unix.sleep 0. >>= fun () ->
  match Lwt_unix.fork () with
  | 0 ->
      Lwt.cancel byte;
      let fd = Lwt_unix.unix_file_descr output in
      ignore (Unix.write_substring fd "x" 0 1);
      let jobs () = sleeps () >>= pipe >>= echo_clients 10 2 in
      Lwt.try_bind jobs (fun () -> Unix._exit 23) (fun _ -> Unix._exit 1)
  | child ->
      let _, status = Unix.waitpid [] child in
      expect (status = Unix.WEXITED 23) "all is well in the child";
      byte >>= fun n ->
      expect (n = 1) "the parent keeps what it waits for";
      Lwt.join [ Lwt_unix.close input; Lwt_unix.close output ]

(* What waits in one engine goes on in another one. *)
let another_engine backend () =
  let input, output = Lwt_unix.pipe () in
  let byte = Lwt_unix.read input (Bytes.create 1) 0 1 in
  let sleep = Lwt_unix.sleep 0.02 in
  Lwt.pause () >>= fun () ->
  Lwt_engine.set (new Lwt_engine.libev ~backend ());
  sleep >>= fun () ->
  Lwt_unix.write output (Bytes.make 1 'x') 0 1 >>= fun _ ->
  byte >>= fun n ->
  expect (n = 1) "a read from before is answered";
  Lwt.join [ Lwt_unix.close input; Lwt_unix.close output ]

let jobs backend =
  [ "sleeps", sleeps; "many timers", many_timers; "timeouts", timeouts;
    "a repeated timer", repeated_timer; "a pipe", pipe;
    "300 clients", echo_clients 300 5; "processes", processes;
    "signals", signals; "threads", threads; "fork", fork;
    "another engine", another_engine backend; "sleeps there", sleeps;
    "20 clients there", echo_clients 20 5 ]

let tell_map () =
  let maps = open_in "/proc/self/maps" in
  try while true do print_endline (input_line maps) done
  with End_of_file -> close_in maps

let () =
  let backend =
    let open Lwt_engine.Ev_backend in
    match Sys.argv.(1) with
    | "epoll" -> epoll | "poll" -> poll | "select" -> select
    | _ -> default in
  tell_map ();
  expect (Lwt_sys.have `libev) "Lwt is built with libev";
  Lwt_engine.set (new Lwt_engine.libev ~backend ());
  let run (name, job) =
    Lwt_main.run (job ());
    print_endline ("ok " ^ name) in
  List.iter run (jobs backend)
