select
  $q${{ modules.datetime.date(2024, 2, 29) }} {{ modules.datetime.date(2024, 1, 31) + modules.datetime.timedelta(days=1) }}$q$ as c01,
  $q${{ modules.datetime.datetime(2024, 2, 29, 13, 5, 7) }} {{ modules.datetime.datetime(2024, 2, 29, 13, 5, 7, 123).isoformat() }}$q$ as c02,
  $q${{ modules.datetime.datetime.strptime('2024-03-05 06:07', '%Y-%m-%d %H:%M').strftime('%d/%m/%y %I %p %j %A %b %%') }}$q$ as c03,
  $q${{ (modules.datetime.date(2024, 3, 1) - modules.datetime.date(2024, 2, 1)).days }} {{ modules.datetime.timedelta(days=1, seconds=5).total_seconds() }} {{ modules.datetime.timedelta(hours=25) }}$q$ as c04,
  $q${{ modules.datetime.date(2024, 12, 30).isocalendar()[1] }} {{ modules.datetime.date(2024, 12, 30).weekday() }} {{ modules.datetime.date(2024, 5, 6).replace(day=1) }}$q$ as c05,
  $q${{ modules.datetime.datetime(2024, 7, 1, 12, tzinfo=modules.pytz.utc).astimezone(modules.pytz.timezone('Europe/Berlin')) }}$q$ as c06,
  $q${{ modules.pytz.timezone('America/New_York').localize(modules.datetime.datetime(2024, 1, 1)).isoformat() }}$q$ as c07,
  $q${{ modules.re.match('(\w+)-(\d+)', 'ab-12').group(2) }} {{ modules.re.sub('[^a-z]+', '_', 'a B1c') }} {{ modules.re.findall('\d', 'a1b2') }} {{ modules.re.split('[,;]', 'a,b;c') }}$q$ as c08,
  $q${{ modules.re.search('z', 'abc') is none }} {{ modules.re.match('(?P<k>a+)', 'aab').group('k') }} {{ modules.re.sub('(a)(b)', '\\2\\1', 'abab') }} {{ modules.re.match('A', 'a', modules.re.IGNORECASE) is not none }}$q$ as c09,
  $q${{ modules.itertools.product([1, 2], 'ab') | list }} {{ modules.itertools.chain([1], [2, 3]) | list }} {{ modules.itertools.combinations([1, 2, 3], 2) | list | length }}$q$ as c10,
  $q${{ modules.datetime.datetime(2024, 1, 1) < modules.datetime.datetime(2024, 1, 2) }} {{ modules.datetime.date(2024, 1, 1).strftime('%U') }} {{ modules.datetime.datetime(2024, 1, 1).date() }}$q$ as c11,
  $q${{ run_started_at.strftime('%Y') | length }} {{ run_started_at.tzinfo is not none }}$q$ as c12
