# The manual's table of options says what the validator does: the names, the
# places, the ranges and the defaults.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $t = SsmCluster->new;
my %catalog = (
	'server' => 'pg_foreign_server',
	'table' => 'pg_foreign_table',
	'user mapping' => 'pg_user_mapping',
	'column' => 'pg_attribute',
	'wrapper' => 'pg_foreign_data_wrapper');
$t->sql(<<'END');
CREATE FUNCTION judge(place regclass, option text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ssm_fdw_validator(ARRAY[option], place);
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
END

# The manual's rows: name => [where, default, meaning].  "where" may go on
# after its places ("user mapping, superusers").
my ($section) = slurp_file("$top/docs/options.md") =~ /^## Options\n(.*?)^## /ms;
my %row;
while ($section =~ /^\| `(\w+)` \| (.*?) \| ?(.*?) \| ?(.*?) \|$/mg)
{
	ok(!$row{$1}, "manual: $1 has one row");
	$row{$1} = [ $2, $3, $4 ];
}

# The source's rows name candidates; the server says where each is taken.
my $source = slurp_file("$top/src/fdw/options.c");
my ($table) = $source =~ /^static const SsmOption options\[\] = \{\n(.*?)^\};/ms;
my %name = map { $_ => 1 } keys %row, $table =~ /^\t\{"(\w+)",/mg;
cmp_ok(scalar keys %name, '>', 20, 'options are found');

# What the validator says of options ("name=value") there, in one query.
sub judge
{
	my ($place, @options) = @_;
	my $list = join ',', map { literal($_) } @options;
	my %verdict;
	@verdict{@options} = split /\n/, $t->sql("SELECT judge('$catalog{$place}', o)
		FROM unnest(ARRAY[$list]) WITH ORDINALITY AS u(o, n) ORDER BY n");
	return \%verdict;
}

# No option takes the empty value, and a name that is not known there is refused
# by another SQLSTATE.
my %places = map { $_ => [] } keys %name;
foreach my $place ('server', 'table', 'user mapping', 'column', 'wrapper')
{
	my $verdict = judge($place, map { "$_=" } sort keys %name);
	foreach my $name (sort keys %name)
	{
		push @{ $places{$name} }, $place if $verdict->{"$name="} ne 'HV00D';
	}
}
foreach my $name (sort keys %name)
{
	my $said = $row{$name} ? $row{$name}[0] : 'no row in the manual';
	my $known = join '|', sort { length $b <=> length $a } keys %catalog;
	$said =~ s/^((?:(?:$known)(?:, (?=$known))?)+).*$/$1/;
	is($said, join(', ', @{ $places{$name} }), "where: $name");
}

# Ranges: "1 to 64" is taken, 0 and 65 are not.
my $ranges = 0;
foreach my $name (sort keys %row)
{
	next unless $row{$name}[2] =~ /\b(\d+) to (\d+)\b/ && $places{$name}[0];
	my ($least, $most) = ($1, $2);
	my $verdict = judge($places{$name}[0], map { "$name=$_" } $least - 1, $least, $most, $most + 1);
	is_deeply(
		[ map { $verdict->{"$name=$_"} } $least - 1, $least, $most, $most + 1 ],
		[ 'HV024', 'ok', 'ok', 'HV024' ],
		"range: $name");
	$ranges++;
}
cmp_ok($ranges, '>=', 3, 'ranges are found');

# A default as the manual writes it, as a number where it is one: microseconds,
# bytes, or a count.
sub plain
{
	my ($text) = @_;
	my %unit = (
		ms => 1e3, s => 1e6, min => 60e6, hour => 3600e6, hours => 3600e6,
		day => 86400e6, days => 86400e6, kB => 1024, MB => 1024**2);
	return $1 * ($2 ? $unit{$2} // die "unit $2" : 1) if $text =~ /^([\d.]+)(?: (\w+))?$/;
	return $text;
}

# The value of a default in the source: a product, an operation, or a constant's
# last word.
sub source_value
{
	my ($text) = @_;
	my %constant = (
		USECS_PER_SEC => 1e6, USECS_PER_MINUTE => 60e6,
		USECS_PER_HOUR => 3600e6, USECS_PER_DAY => 86400e6);
	my $product = 1;
	# an operation's description is called as AWS calls the operation
	return join '', map { ucfirst } split /_/, $1 if $text =~ /^&ssm_(\w+)$/;
	foreach my $factor (split / \* /, $text)
	{
		my $number = $constant{$factor} // ($factor =~ /^[\d.]+$/ ? $factor : undef);
		return lc($factor =~ s/^.*_//r) unless defined $number;
		$product *= $number;
	}
	return $product;
}

my ($defaults) = $source =~ /^static const SsmOptions default_options = \{\n(.*?)^\};/ms;
my %default = $defaults =~ /^\t\.(\w+) = (.*?),$/mg;
ok(%default, 'defaults are found');
foreach my $name (sort keys %row)
{
	my $said = $row{$name}[1];
	if (exists $default{$name})
	{
		is(plain($said), source_value($default{$name}), "default: $name");
	}
	else
	{
		unlike($said, qr/^\d|^(exact|rescan|adaptive)$/, "no default: $name");
	}
}

done_testing();
