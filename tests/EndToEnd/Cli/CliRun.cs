using System.Globalization;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary>Runs the real command line in this process against a scripted API.</summary>
internal sealed class CliRun
{
    public StringWriter Out { get; } = new(CultureInfo.InvariantCulture);

    public StringWriter Error { get; } = new(CultureInfo.InvariantCulture);

    public ScriptedApi Api { get; } = new();

    public bool Terminal { get; init; }

    public bool Colour { get; init; }

    public string Folder { get; init; } = Path.GetTempPath();

    public TimeProvider Time { get; init; } = new StoppedClock(At(600));

    /// <summary>Runs to the end and returns the exit code.</summary>
    public Task<int> RunAsync(params string[] args) => RunAsync(args, CancellationToken.None);

    public Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var context = new CliContext
        {
            Out = Out, Error = Error, OutIsTerminal = Terminal, Colour = Colour, Folder = Folder, Time = Time, Size = () => (80, 40),
            Connect = folder => new FairwayClient(new Undisposed(Api), "/data"),
        };
        return CommandLine.RunAsync(Verbs.All(context), context, args, cancellation);
    }

    /// <summary>An instant some seconds after the beginning of every test's time.</summary>
    public static DateTimeOffset At(double seconds) => new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(seconds);

    public static WhyInfo Why(string code, string sentence, params (string Name, string Value)[] facts) =>
        new(code, sentence, [.. facts.Select(f => new FactInfo(f.Name, f.Value))]);

    /// <summary>A clock that stands, with timers that run.</summary>
    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }

    private sealed class Undisposed(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override void Dispose(bool disposing)
        {
            // The test looks at the API after the verb has let go of it.
        }
    }
}
