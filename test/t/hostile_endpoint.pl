# What an endpoint sends costs a backend no more memory than four times
# max_response_size for each request in flight, whatever it is, and ends in rows
# or a clear error.
use strict;
use warnings;

use FindBin;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $M = 8 * 1024 * 1024;		# max_response_size
my $LEAST_ROW = 1024 * 1024;	# what a row may have of it

# A text repeated up to so many bytes, with commas in between if it is a value.
sub fill
{
	my ($bytes, $text) = @_;
	return $text x ($bytes / length $text);
}
sub list
{
	my ($bytes, $text) = @_;
	return fill($bytes - length $text, "$text,") . $text;
}

# A page of so many rows with this inside, and no or another token.
my $rows = 0;
sub page
{
	my ($n, $inside, $token) = @_;
	return '{"CommandInvocations":['
	  . join(',', map { $rows++; qq({"CommandId":"c$rows","InstanceId":"i",$inside}) } 1 .. $n)
	  . ($token ? qq(],"NextToken":"$token"}) : ']}');
}

# An answer whole, or in the pieces that a function gives, without end if it has
# no more; by chunks if the status says so.
sub ok_with { return "HTTP/1.1 200 OK\r\nContent-Length: " . length($_[0]) . "\r\n\r\n$_[0]"; }
my $chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n";
my $large = $LEAST_ROW - 1000;
my $whole = $M - 1000;
my %shapes = (
	empty => [ sub { ok_with('{}') }, '0' ],
	rows => [ sub { ok_with('{"CommandInvocations":[' . list($whole, '{}') . ']}') }, '08P01' ],
	'one row more than asked for' => [ sub { ok_with(page(51, '"Comment":""')) }, '08P01' ],
	'as many as asked for' => [ sub { ok_with(page(50, '"Comment":""')) }, '50' ],
	'digits in an array' => [ sub { ok_with(page(1, '"CommandPlugins":[' . list($large, '1') . ']')) }, '54000' ],
	'digits in many rows' => [ sub { ok_with(page(50, '"CommandPlugins":[' . list(5400, '1') . ']')) }, '54000' ],
	'digits that are allowed' => [ sub { ok_with(page(25, '"CommandPlugins":[' . list(5200, '1') . ']')) }, '25' ],
	'empty texts' => [ sub { ok_with(page(16, '"CommandPlugins":[' . list(24000, '""') . ']')) }, '16' ],
	'empty arrays' => [ sub { ok_with(page(16, '"CommandPlugins":[' . list(24000, '[]') . ']')) }, '16' ],
	'many members' => [ sub { ok_with(page(1, list($whole, '"a":1'))) }, '54000' ],
	'many members inside' => [ sub { ok_with(page(16, '"CommandPlugins":{' . join(',', map { qq("$_":$_) } 1 .. 8000) . '}')) }, '16' ],
	'names with escapes' => [ sub { ok_with(page(8, '"CommandPlugins":{' . join(',', map { '"' . "\\n$_" x 10 . '":""' } 1 .. 8000) . '}')) }, '8' ],
	'members nobody knows' => [ sub { ok_with('{"New":{' . list($whole, '"a":{}') . '}}') }, '54000' ],
	deep => [ sub { ok_with(page(1, '"CommandPlugins":[' . list($large, '[' x 55 . ']' x 55) . ']')) }, '54000' ],
	'deeper than allowed' => [ sub { ok_with('[' x $whole) }, '08P01' ],
	'texts with escapes' => [ sub { ok_with(page(7, '"Comment":"' . fill($large, '\n') . '"')) }, '7' ],
	'wide texts' => [ sub { ok_with(page(7, '"CommandPlugins":["' . fill($large, "\xc3\xa4") . '"]')) }, '7' ],
	'broken texts' => [ sub { ok_with(page(7, '"Comment":"' . fill($large, "\xff") . '"')) }, '7' ],
	'broken texts inside' => [ sub { ok_with(page(7, '"CommandPlugins":{"' . fill($large, "\xff") . '":1}')) }, '7' ],
	'a text as jsonb' => [ sub { ok_with(page(7, '"CommandPlugins":"' . fill($large, "\xff") . '"')) }, '7' ],
	'a row too large' => [ sub { ok_with(page(1, '"Comment":"' . fill($whole, 'x') . '"')) }, '54000' ],
	'a number' => [ sub { ok_with(page(1, '"CommandPlugins":[' . fill($large, '7') . ']')) }, '22003' ],
	'white space' => [ sub { ok_with(fill($whole, ' ')) }, '08P01' ],
	'pages as large as allowed' => [ sub { ok_with(page(7, '"Comment":"' . fill($large, 'x') . '"', $_[0] < 6 && "t$_[0]")) }, '49' ],
	'large pages in turn' => [ sub { ok_with(page(7, '"Comment":"' . fill($large >> 2 * ($_[0] % 2), 'x') . '"', $_[0] < 6 && "t$_[0]")) }, '49' ],
	'large tokens' => [ sub { ok_with(page(1, '"Comment":""', $_[0] < 40 && fill(65000, 't') . $_[0])) }, '41' ],
	'more than allowed' => [ sub { ("HTTP/1.1 200 OK\r\n\r\n", sub { ' ' x 65536 }) }, '54000' ],
	'an error of arrays' => [ sub { my $text = ok_with('[' . list($whole, '[]') . ']'); $text =~ s/200 OK/400 Bad/; $text }, 'HV000' ],
	'an error of members' => [ sub { my $text = ok_with('{' . join(',', map { qq("$_":0) } 1 .. 600000) . '}'); $text =~ s/200 OK/400 Bad/; $text }, 'HV000' ],
	'an error without end' => [ sub { ("HTTP/1.1 400 Bad\r\n\r\n", sub { ' ' x 65536 }) }, '54000' ],
	headers => [ sub { ("HTTP/1.1 200 OK\r\n", sub { "X: 1\r\n" x 10000 }) }, '08P01' ],
	'large headers' => [ sub { ("HTTP/1.1 200 OK\r\n", sub { 'X: ' . 'x' x 65536 . "\r\n" }) }, '08P01' ],
	'headers of answers to come' => [ sub { ('', sub { "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n" x 1000 }) }, '08P01' ],
	trailers => [ sub { ("${chunked}0\r\n", sub { "X: 1\r\n" x 10000 }) }, '08P01' ],
	'large trailers' => [ sub { ("${chunked}0\r\n", sub { ('X: ' . 'x' x 4000 . "\r\n") x 16 }) }, '08P01' ],
);

# Answer a request for /SHAPE, the n-th of its connection's backend.
sub answer
{
	my ($socket, $counts) = @_;
	my $head = '';
	while ($head !~ /\r\n\r\n/)
	{
		sysread($socket, $head, 65536, length $head) or return;
	}
	my ($before, $body) = split /\r\n\r\n/, $head, 2;
	my ($length) = $before =~ /^Content-Length: (\d+)/mi;
	while (length $body < ($length // 0))
	{
		sysread($socket, $body, 65536, length $body) or return;
	}
	my ($name) = $before =~ m{^\w+ /([\w%]+)};
	$name =~ s/%20/ /g;
	my ($start, $more) = $shapes{$name}[0]->($counts->{$name}++);
	my $good = print {$socket} $start;
	while ($good && $more)
	{
		$good = print {$socket} $more->();
	}
	return;
}

# The endpoint: a process that ends when this one does.
my $listen = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1') or die $!;
pipe my $alive, my $life or die $!;
my $pid = fork // die $!;
if ($pid == 0)
{
	my %counts;
	close $life;
	local $SIG{PIPE} = 'IGNORE';
	my $both = IO::Select->new($listen, $alive);
	while (my @ready = $both->can_read)
	{
		last if grep { $_ == $alive } @ready;
		my $socket = $listen->accept or next;
		answer($socket, \%counts);
		close $socket;
	}
	POSIX::_exit(0);
}
close $alive;

my $t = SsmCluster->new;
my $number = 0;
my $peak = "SELECT 'peak ' || substring(pg_read_file('/proc/self/status') from 'VmHWM:\\s+(\\d+) kB')";

# By how much a query of this shape of the endpoint raises the most memory that
# its backend has had, and what came of it.
sub memory
{
	my ($shape, $sql) = @_;
	my $name = 'h' . $number++;
	my $path = $shape =~ s/ /%20/gr;

	$t->foreign($name, server => {
		endpoint_url => 'http://127.0.0.1:' . $listen->sockport . "/$path", max_response_size => $M . ' B', max_attempts => 1 });
	$t->foreign("${name}_first", server => {
		endpoint_url => 'http://127.0.0.1:' . $listen->sockport . '/empty', max_response_size => $M . ' B', max_attempts => 1 });
	my ($out, $err);
	$t->node->psql('postgres', join("\n", '\set VERBOSITY verbose', "SELECT count(i) AS i FROM ${name}_first.command_invocations AS i;",
		"$peak;", sprintf("$sql;", "$name.command_invocations"), "$peak;"), stdout => \$out, stderr => \$err, on_error_stop => 0);
	my ($before, $after) = $out =~ /^peak (\d+)$/mg;
	my ($error) = $err =~ /ERROR:  (\w{5}):/;
	my ($result) = $out =~ /^peak.*\n((?s).*)\npeak/m;
	return (($after - $before) * 1024, $error // $result, $err);
}

foreach my $shape (sort keys %shapes)
{
	my ($bytes, $result, $err) = memory($shape, 'SELECT count(i) FROM %s AS i');
	is($result, $shapes{$shape}[1], "$shape: result") || diag $err;
	cmp_ok($bytes, '<', 4 * $M, sprintf '%s: %.2f times max_response_size', $shape, $bytes / $M);
}

# What else reads pages.
foreach my $case (
	[ 'ANALYZE', 'pages as large as allowed', 'ANALYZE %s; SELECT 1', '1' ],
	[ 'a check', 'pages as large as allowed', "SELECT ok FROM ssm_fdw_check(substring('%s' from 'h[0-9]+')) WHERE item = 'access'", 't' ],
	[ 'a check of many rows', 'rows', "SELECT hint FROM ssm_fdw_check(substring('%s' from 'h[0-9]+')) WHERE item = 'access'", qr/^Check that what answers/ ])
{
	my ($name, $shape, $sql, $wanted) = @$case;
	my ($bytes, $result, $err) = memory($shape, $sql);
	like($result, ref $wanted ? $wanted : qr/^$wanted$/, "$name: result") || diag $err;
	cmp_ok($bytes, '<', 4 * $M, sprintf '%s: %.2f times max_response_size', $name, $bytes / $M);
}
close $life;
waitpid $pid, 0;

# Rows that are kept for rejected ids, all of them before the first is given: in
# a file beyond work_mem, though there are 20 MB.
my $rejected = $t->sql('SELECT min(instance_id) FROM command_invocations');
$t->mock->config({ rows => 2000, nodes => 100, plugins => 4, output => 2400, rejected => [$rejected] });
$t->sql("ALTER SERVER ssm OPTIONS (ADD max_concurrency '1')");
my $wanted = $t->sql("SELECT count(*) FROM command_invocations WHERE instance_id || '' = '$rejected'");
my $session = $t->session;
run_in($session, q(SET work_mem = '64kB'; SET jit = off; SELECT count(i) FROM (SELECT i FROM command_invocations AS i LIMIT 100) AS i));
my ($before) = run_in($session, $peak) =~ /(\d+)/;
my ($found, $error) = run_in($session, "SELECT sum(n) FROM (VALUES ('$rejected'), ('i-0000000000000dead')) AS v(id), LATERAL (SELECT count(command_plugins) AS n FROM command_invocations WHERE instance_id = id OFFSET 0) AS l");
my ($after) = run_in($session, $peak) =~ /(\d+)/;
is("$found$error", $wanted, 'rows of a rejected id');
cmp_ok($after - $before, '<', 8192, "rows of a rejected id: @{[ $after - $before ]} kB");
$session->quit;
done_testing();
