# The SQL of README.md and docs/ runs, block by block, and prints what is shown
# below it.
#
# Each page starts in a schema with the extension, the servers ssm, ssm_ohio and
# ssm_paris, the tables of IMPORT FOREIGN SCHEMA and a table cmdb.  In the page
# <!-- before: SQL --> above a block runs first, unseen by readers.
use strict;
use utf8;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use PostgreSQL::Test::Utils;
use SsmCluster;
use SsmMock;
use SsmProviders;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $library = qx("$ENV{PG_CONFIG}" --pkglibdir);
chomp $library;
my $cron = -e "$library/pg_cron.so";
# Roles of three accounts can be assumed; the keys are those that the stand-in gives.
my $sts = SsmProviders->new;
$sts->set(sts => { accounts => { $key => { secret => $secret } } });
my %accounts = ($key => $secret);
foreach my $account (map { $_ x 12 } 1 .. 3)
{
	my $digest = sha256_hex("AssumeRole\n$key\narn:aws:iam::$account:role/read-invocations");
	$accounts{ 'ASIA' . uc substr $digest, 0, 16 } = { secret => substr($digest, 16, 40) . '/+', session_token => 'tok&<' . substr($digest, 20, 40) };
}
my $mock = SsmMock->new(config => { rows => 0, explicit => answers(), accounts => \%accounts });
# The server process has keys, and no server that names no endpoint asks AWS.
my $t = SsmCluster->new(
	mock => $mock,
	env => { AWS_ENDPOINT_URL => $mock->url, AWS_ENDPOINT_URL_STS => $sts->url, AWS_ACCESS_KEY_ID => $key, AWS_SECRET_ACCESS_KEY => $secret },
	conf => $cron ? "shared_preload_libraries = 'pg_cron'\ncron.use_background_workers = on\n" : '');

# README's gateway, which another PostgreSQL reads.
$t->sql('CREATE ROLE reader LOGIN; CREATE DATABASE ssm');
$t->setup('ssm');

# What a page starts with.
my $start = ($cron ? 'DROP EXTENSION IF EXISTS pg_cron; CREATE EXTENSION pg_cron SCHEMA pg_catalog;' : '') . q{
	DROP EXTENSION IF EXISTS ssm_fdw CASCADE;
	DROP EXTENSION IF EXISTS postgres_fdw CASCADE;
	DROP SCHEMA public CASCADE;
	DO $$ DECLARE role name; BEGIN
		FOR role IN SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_' AND rolname <> 'reader' LOOP
			EXECUTE format('DROP OWNED BY %1$I CASCADE; DROP ROLE %1$I', role);
		END LOOP;
	END $$;
	CREATE SCHEMA public;
	GRANT USAGE ON SCHEMA public TO PUBLIC;
	CREATE EXTENSION ssm_fdw;
	CREATE SERVER ssm FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-2');
	CREATE SERVER ssm_ohio FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-2');
	CREATE SERVER ssm_paris FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'eu-west-3');
	CREATE USER MAPPING FOR CURRENT_USER SERVER ssm;
	IMPORT FOREIGN SCHEMA ssm FROM SERVER ssm INTO public;
	CREATE TABLE cmdb AS SELECT * FROM (VALUES
		('i-0web0000000000001', 'shop'), ('i-0web0000000000002', 'shop'),
		('i-00db0000000000001', 'payments'), ('i-00db0000000000002', 'payments')) AS v (instance_id, owner)};

# What each operation answers, besides that: the patches' and a running command,
# the failed script's output, and one node's agent.
sub answers
{
	my $now = time;
	my $runs = invocations();
	my ($failed) = grep { $_->{Status} eq 'Failed' && $_->{DocumentName} eq 'AWS-RunShellScript' } @$runs;
	my ($step) = @{ $failed->{CommandPlugins} };
	my %name = (CommandId => $failed->{CommandId}, InstanceId => $failed->{InstanceId});
	my $key = "ssm/$name{CommandId}/$name{InstanceId}/awsrunShellScript/0.awsrunShellScript/stdout";

	$step->{Output} = qq(sh: "uptime": command not found\n) . 'x' x 2445 . "\n---Output truncated---";
	$step->{StandardOutputUrl} = "https://s3.us-east-1.amazonaws.com/run-command/$key";
	$failed->{CloudWatchOutputConfig} = { CloudWatchLogGroupName => '/aws/ssm/AWS-RunShellScript', CloudWatchOutputEnabled => JSON::PP::true };
	my %command = (DocumentName => 'AWS-RunPatchBaseline', Parameters => { Operation => ['Install'] }, Status => 'Failed', StatusDetails => 'Failed');
	return {
		ListCommandInvocations => $runs,
		ListCommands => [
			{ %command, CommandId => $runs->[0]{CommandId}, RequestedDateTime => $now - 7200, TargetCount => 3, CompletedCount => 3 },
			{ CommandId => $name{CommandId}, RequestedDateTime => $now - 1800, ExpiresAfter => $now + 5400, DocumentName => 'AWS-RunShellScript',
				Status => 'InProgress', StatusDetails => 'InProgress', TargetCount => 3, CompletedCount => 2, Parameters => { commands => ['uptime'] } } ],
		GetCommandInvocation => [ { %name, PluginName => $step->{Name}, Status => 'Failed', ResponseCode => 127,
				StandardOutputContent => 'x' x 9120, StandardErrorContent => 'uptime: command not found' } ],
		DescribeInstanceInformation => [ { InstanceId => 'i-00db0000000000002', PingStatus => 'ConnectionLost', AgentVersion => '3.2.582.0',
				LastPingDateTime => $now - 6 * 86400 } ] };
}

# What three nodes have done: patches two hours ago and last week, a script just
# now, and a fourth that was not to be reached.
sub invocations
{
	my $now = time;
	my $patch = 'AWS-RunPatchBaseline';
	my @runs = (
		# command, node, document, hours ago, status, step, exit code, seconds
		[ 1, 'i-0web0000000000001', $patch, 2, 'Success', 'PatchLinux', 0, 95 ],
		[ 1, 'i-0web0000000000002', $patch, 2, 'Failed', 'PatchLinux', 1, 12.5 ],
		[ 1, 'i-00db0000000000001', $patch, 2, 'Failed', 'PatchLinux', 1, 11 ],
		[ 2, 'i-0web0000000000001', 'AWS-RunShellScript', 0.5, 'Success', 'runShellScript', 0, 2 ],
		[ 2, 'i-0web0000000000002', 'AWS-RunShellScript', 0.5, 'Failed', 'runShellScript', 127, 0.25 ],
		[ 2, 'i-00db0000000000001', 'AWS-RunShellScript', 0.5, 'InProgress', 'runShellScript', -1, undef ],
		[ 4, 'i-00db0000000000002', 'AWS-RunShellScript', 5 * 24, 'TimedOut', 'runShellScript', -1, undef ],
		[ 3, 'i-00db0000000000001', "arn:aws:ssm:us-east-1::document/$patch", 9 * 24, 'Success', 'PatchLinux', 0, 80 ]);
	return [ map {
		my ($command, $node, $document, $hours, $status, $step, $code, $seconds) = @$_;
		my $at = $now - 3600 * $hours;
		{   CommandId => "00000000-0000-4000-8000-00000000000$command", InstanceId => $node, DocumentName => $document,
			RequestedDateTime => $at, Status => $status, StatusDetails => $status eq 'TimedOut' ? 'DeliveryTimedOut' : $status,
			CommandPlugins => [ { Name => $step, Status => $status, ResponseCode => $code, ResponseStartDateTime => $at,
				defined $seconds ? (ResponseFinishDateTime => $at + $seconds) : () } ] }
	} @runs ];
}

# A page's blocks in order: language, text, what runs before it, and whether it
# follows another with nothing between.
sub blocks
{
	my ($page) = @_;
	my ($before, $next, @blocks) = ('', 0);
	open my $file, '<:encoding(UTF-8)', "$top/$page" or die $!;
	while (my $line = <$file>)
	{
		if ($line =~ /^<!-- before: (.*)/)
		{
			$before = $1;
			while ($before !~ s/ -->$//) { $before .= "\n" . (<$file> =~ s/\n//r); }
		}
		unless ($line =~ /^```(\w*)$/)
		{
			$next &&= $line =~ /^$/;
			next;
		}
		my $language = $1;
		my $text = '';
		while (($line = <$file>) !~ /^```$/) { $text .= $line; }
		push @blocks, { language => $language, text => $text, before => $before, follows => $next };
		($before, $next) = ('', 1);
	}
	return @blocks;
}

# Run commands as a user does; returns psql's status and what it prints.  Keys that
# the manual leaves out are filled in, and so is the address of a gateway.
sub run_block
{
	my ($sql) = @_;
	$sql =~ s/secret_access_key '…'/secret_access_key '$secret'/g;
	$sql =~ s/access_key_id '…'/access_key_id '$key'/g;
	$sql =~ s/external_id '…'/external_id 'id'/g;
	local %ENV = (%ENV, AWS_ACCESS_KEY_ID => $key, AWS_SECRET_ACCESS_KEY => $secret);
	$sql =~ s/host 'gateway.internal'/host '@{[$t->node->host]}', port '@{[$t->node->port]}'/g;
	utf8::encode($sql);
	IPC::Run::run([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $t->node->connstr('postgres') ], \$sql, '>&', \my $out);
	my $status = $?;
	utf8::decode($out);
	return ($status, $out);
}

# Times and process ids are what they are.
sub fixed
{
	my ($text) = @_;
	$text =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00/YYYY-MM-DD HH:MM:SS+00/g;
	$text =~ s/PID \d+/PID N/g;
	$text =~ s/^psql:<stdin>:\d+: //mg;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n+\z/\n/;
	return $text;
}

my ($run, $compared) = (0, 0);
foreach my $page ('README.md', map { s{^\Q$top/}{}r } sort glob "$top/docs/*.md")
{
	my @blocks = blocks($page);
	next unless grep { $_->{language} eq 'sql' } @blocks;
	$t->sql($start);
	while (my $block = shift @blocks)
	{
		next unless $block->{language} eq 'sql';
		my $sql = $block->{text};
		my ($first) = $sql =~ /^(.{1,60})/;
		my $shown = @blocks && $blocks[0]{follows} && $blocks[0]{language} eq '' ? (shift @blocks)->{text} : undef;
	  SKIP:
		{
			skip "$page: $first: this PostgreSQL has no pg_cron", 1 if !$cron && $sql =~ /cron\.|LISTEN/;
			$t->sql($block->{before}) if $block->{before};
			# the job runs once an hour; here it runs now
			my $more = $sql =~ /LISTEN/ ? "SELECT command FROM cron.job WHERE jobname = 'failures' \\gexec\n" : '';
			my ($status, $out) = run_block("$sql$more");
			$out =~ s/^(?!Asynchronous).*\n//mg if $more;
			$run++;
			if (defined $shown) { is(fixed($out), fixed($shown), "$page: prints what is shown: $first"); $compared++; }
			else { is($status, 0, "$page: runs: $first") or diag($out); }
		}
	}
}
cmp_ok($run, '>=', $cron ? 40 : 30, 'blocks were run');
cmp_ok($compared, '>=', $cron ? 14 : 12, 'and compared');
is($t->mock->stats->{invalid}, 0, 'no request was invalid');

done_testing();
