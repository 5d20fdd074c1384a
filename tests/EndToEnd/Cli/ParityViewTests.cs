using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary><c>fairway environment diff</c> at 80 columns: each difference with the line that says so.</summary>
public sealed class ParityViewTests
{
    [Fact]
    public async Task Each_difference_says_on_both_sides_where_it_is_written_and_fits_80_columns()
    {
        var run = new CliRun();
        run.Api.On("GET environments/staging/differences", new("staging", "production",
        [
            new("shop", "version", "release", "1.1", "1.0"),
            new("shop", "variables", "env.LOG_LEVEL", "set", null, "deploy/fairway.yaml:12:9"),
            new("shop", "routes", "routes", """[{"host":"staging.shop.example.com","pathPrefix":"/"},{"host":"b.example.com"}]""", """[{"host":"shop.example.com"}]""", "deploy/fairway.yaml:15:17", "deploy/fairway.yaml:30:17"),
            new(null, "gates", "queue", "newest", "oldest", null, "deploy/fairway.yaml:22:5"),
        ]), WireJson.Default.ParityInfo);
        Assert.Equal(0, await run.RunAsync("environment", "diff", "staging", "production"));
        Assert.Equal(
            """
            shop version release
              staging     serves                     1.1
              production  serves                     1.0
            shop variables env.LOG_LEVEL
              staging     deploy/fairway.yaml:12:9   set
              production  not written                –
            shop routes
              staging     deploy/fairway.yaml:15:17  [{"host":"staging.shop.example.com","p…
              production  deploy/fairway.yaml:30:17  [{"host":"shop.example.com"}]
            environment gates queue
              staging     by default                 newest
              production  deploy/fairway.yaml:22:5   oldest
            4 differences

            """, run.Out.ToString());
    }
}
