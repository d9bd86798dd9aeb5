#!/bin/bash
# ask_one KIND ADDRESS PORT: one question of net_ask, in bash for its /dev/tcp and /dev/udp.
#   tcp    connect and read the greeting       took=MICROSECONDS said=GREETING
#   knock  connect to a port in use, and go    took=MICROSECONDS
#   udp    send datagrams, paced               sent=COUNT refused=COUNT, and why not
#   bulk   send for two seconds                mbit=MEGABITS_A_SECOND
#   way    ping, then the largest packet       sent= received= median= p99= (milliseconds) mtu= wanted=
kind=$1 address=$2 port=$3
case $kind in
  tcp | knock)
    # Bash before 5.0 has no such clock.
    before=${EPOCHREALTIME/[.,]/}
    exec 3<>"/dev/tcp/$address/$port" || exit 1
    after=${EPOCHREALTIME/[.,]/}
    echo "took=$((after - before))"
    if [ "$kind" = knock ]; then exit 0; fi
    IFS= read -r -n 120 line <&3
    echo "said=$line"
    ;;
  udp)
    exec 3<>"/dev/udp/$address/$port" || exit 1
    # Pipes: one that nobody writes to, for pauses without a process, and one for the reason of a refusal.
    exec 4<> <(:) 5<> <(:)
    sent=0 refused=0 why=
    while [ $((sent + refused)) -lt 50 ]; do
      if printf '%s %s %s %s\n' "$RW_RUN" "$RW_NODE" "$port" "$sent" >&3 2>&5; then
        sent=$((sent + 1))
      else
        refused=$((refused + 1))
        IFS= read -r -t 0.1 -u 5 why || :
      fi
      read -r -t 0.005 -u 4 || :
    done
    echo "sent=$sent refused=$refused $why"
    ;;
  bulk)
    now() { date +%s%N; }
    exec 3<>"/dev/tcp/$address/$port" || exit 1
    # Blocks that double, for ways of a megabit and of many gigabits alike.
    sent=0 block=65536 begun=$(now) last=$(now)
    while [ $((last - begun)) -lt 2000000000 ]; do
      head -c "$block" /dev/zero >&3 || exit 1
      sent=$((sent + block)) before=$last last=$(now)
      if [ $((last - before)) -lt 100000000 ] && [ "$block" -lt 67108864 ]; then block=$((block * 2)); fi
    done
    echo "mbit=$((sent * 8000 / (last - begun)))"
    ;;
  way)
    pings=$(ping -n -i 0.02 -c 100 -W 1 "$address" 2>&1) || :
    printf '%s\n' "$pings" | sed -n 's/.* time[=<]\([0-9.]*\) ms.*/\1/p' | sort -n | awk '
      { times[NR] = $1 }
      END { slow = int(NR * 0.99); if (slow < 1) slow = NR
        printf "sent=100 received=%d median=%s p99=%s ", NR, times[int((NR + 1) / 2)], times[slow] }'
    case $pings in *' time'*) ;; *) printf '%s\n' "$pings" | head -n 3; exit 0 ;; esac
    device=$(ip -o route get "$address" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    wanted=$(cat "/sys/class/net/$device/mtu" 2>/dev/null)
    case $address in *:*) head=48 ;; *) head=28 ;; esac
    [ -n "$wanted" ] && [ "$wanted" -ge 1280 ] && [ "$wanted" -le 65000 ] || exit 0
    carries() { ping -n -q -c "$2" -i 0.2 -W 1 -M "do" -s $(($1 - head)) "$address" >/dev/null 2>&1; }
    if carries "$wanted" 3; then
      mtu=$wanted
    else
      mtu=$(for size in "$wanted" 8950 8900 4000 1500 1492 1480 1472 1460 1454 1450 1440 1430 1420 1410 1400 1380 1360 1350 \
        1320 1300 1280; do
        if [ "$size" -le "$wanted" ]; then { carries "$size" 4 && echo "$size"; } & fi
      done | sort -n | tail -n 1)
    fi
    echo "mtu=${mtu:-0} wanted=$wanted"
    ;;
esac
