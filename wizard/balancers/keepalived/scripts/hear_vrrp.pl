# What hear_vrrp.py does, for machines that have Perl (perl-base is enough) and no Python.
use strict;
use Socket qw(:DEFAULT inet_ntop inet_pton unpack_sockaddr_in6 IPPROTO_IPV6);
$| = 1;
my ($family, $device, $seconds) = @ARGV;
$SIG{ALRM} = sub { exit 0 };
alarm $seconds;
open(my $file, '<', "/sys/class/net/$device/ifindex") or exit 1;
my $index = <$file> + 0;
my $six = $family eq '6';
socket(my $heard, $six ? AF_INET6 : AF_INET, SOCK_RAW, 112) or exit 1;
# 20: IPV6_JOIN_GROUP, 35: IP_ADD_MEMBERSHIP.
if ($six) { setsockopt($heard, IPPROTO_IPV6, 20, inet_pton(AF_INET6, 'ff02::12') . pack('I', $index)) }
else { setsockopt($heard, 0, 35, inet_aton('224.0.0.18') . inet_aton('0.0.0.0') . pack('i', $index)) }
my %seen;
while (my $from = recv($heard, my $packet, 2048, 0)) {
  my $source = $six ? inet_ntop(AF_INET6, (unpack_sockaddr_in6($from))[1]) : inet_ntoa((unpack_sockaddr_in($from))[1]);
  my $body = $six ? $packet : substr($packet, (ord($packet) & 15) * 4);
  my (undef, $router, $priority) = unpack('C3', $body);
  next if !defined $priority || $seen{"$source $router"}++;
  print "heard=$source $router $priority\n";
}
