# What listen.py does, for nodes that have Perl (perl-base is enough) and no Python. Dollar signs are doubled by net_open.
use strict;
use Socket qw(:DEFAULT getaddrinfo IPPROTO_IPV6 IPV6_V6ONLY AI_PASSIVE AI_NUMERICHOST);
use Fcntl;

my ($run, $node, $folder, $lease, $address, @ports) = @ARGV;
$SIG{ALRM} = sub { exit 0 };
$SIG{USR1} = sub { alarm $lease };
$SIG{PIPE} = 'IGNORE';
alarm $lease;

sub bound {
  my ($port, $kind) = @_;
  my %hints = (socktype => $kind, flags => AI_PASSIVE | AI_NUMERICHOST);
  my @hosts = $address eq '*' ? ('::', '0.0.0.0') : ($address);
  for my $host (@hosts) {
    my ($failed, $place) = getaddrinfo($host, $port, \%hints);
    next if $failed;
    socket(my $made, $place->{family}, $kind, 0) or next;
    setsockopt($made, SOL_SOCKET, SO_REUSEADDR, 1) if $kind == SOCK_STREAM;
    setsockopt($made, IPPROTO_IPV6, IPV6_V6ONLY, 0) if $host eq '::';
    bind($made, $place->{addr}) or next;
    listen($made, 1024) if $kind == SOCK_STREAM;
    setsockopt($made, SOL_SOCKET, 33, 4 << 20) if $kind == SOCK_DGRAM;
    fcntl($made, F_SETFL, fcntl($made, F_GETFL, 0) | O_NONBLOCK);
    return $made;
  }
  return undef;
}

my (%kinds, %sockets);
sub watch {
  my ($socket, $kind) = @_;
  $kinds{fileno $socket} = $kind;
  $sockets{fileno $socket} = $socket;
}

open(my $told, '>', "$folder/ports.new") or die;
for my $each (@ports) {
  my ($port, $protocol) = split m{/}, $each;
  my $made = bound($port, $protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM);
  watch($made, $protocol) if $made;
  print $told $made ? "listens=$each\n" : "busy=$each\n";
}
close $told;
rename "$folder/ports.new", "$folder/ports";
open(my $heard, '>>', "$folder/heard") or die;
my $room = 8 << 20;

while (1) {
  my $wanted = '';
  vec($wanted, $_, 1) = 1 for keys %sockets;
  next if select(my $ready = $wanted, undef, undef, undef) <= 0;
  for my $number (grep { vec($ready, $_, 1) } keys %sockets) {
    my ($socket, $kind) = ($sockets{$number}, $kinds{$number});
    if ($kind eq 'tcp') {
      accept(my $guest, $socket) or next;
      fcntl($guest, F_SETFL, fcntl($guest, F_GETFL, 0) | O_NONBLOCK);
      syswrite $guest, "$run $node\n";
      watch($guest, 'guest') if keys %sockets < 500;
    } elsif ($kind eq 'udp') {
      defined recv($socket, my $said, 65536, 0) or next;
      if (index($said, $run) == 0 && length $said <= 200 && $room > 0) {
        syswrite $heard, $said;
        $room -= length $said;
      }
    } elsif (!sysread $socket, my $swallowed, 1 << 20) {
      delete $sockets{$number};
      delete $kinds{$number};
      close $socket;
    }
  }
}
