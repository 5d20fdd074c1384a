using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Client;
using Fairway.Configuration;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Offline;

/// <summary><c>fairway judge plan</c>: how long detection and proof of safety take; no control plane is asked.</summary>
internal static class JudgePlanCommand
{
    private static readonly ImmutableArray<decimal> Shares = [1, 5, 10, 25, 50];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(CliContext context)
    {
        var errors = Percent("--base-errors", "Share of the stable release's requests that fail.", "0.5%", decimals: 4);
        var detect = Times("--detect", "How many times as many a bad release would fail.", "4x");
        var rate = Numbers.Any("--rate", ["-r"], "Requests a second, to both releases together.", 0.001, 1_000_000, 50);
        var weight = Percent("--weight", "The new release's share of the traffic.", "10%", decimals: 2);
        var policy = new Option<string?>("--policy", "-p") { Description = "YAML file with the fields of `rollout.judge`. By default its defaults.", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print the answer as JSON." };
        var command = new Command("plan", "How long it takes to find a bad release and to prove a good one safe, at a share of the traffic. Works without a control plane.\n\n"
            + "Example: fairway judge plan --base-errors 0.5% --detect 4x --rate 50 --weight 10%")
        {
            errors, detect, rate, weight, policy, json,
        };
        command.SetAction(parsed =>
        {
            var settings = JudgeCommand.Read(context, parsed.GetValue(policy));
            var judge = new RolloutPolicy { Judge = settings }.PolicyOf(compares: true);
            var asked = new PlanQuestion(parsed.GetValue(errors), parsed.GetValue(detect), parsed.GetValue(rate), Share(parsed.GetValue(weight)));
            if (asked.BaseShare * asked.Factor >= 1)
                throw new FairwayException("errors-out-of-range", "--detect times --base-errors is all requests or more", "ask for fewer errors, or a smaller factor", 400);
            var rows = Shares.Select(Weight.FromPercent).Append(asked.Weight).Distinct().Order()
                .Select(one => (Weight: one, Answer: JudgementPlan.Expect(judge, asked with { Weight = one }))).ToArray();
            if (parsed.GetValue(json)) context.Out.WriteLine(Json(asked, settings, rows).ToJsonString(Indented));
            else context.Out.Write(Words(asked, settings, rows, context));
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Words(PlanQuestion asked, JudgeSettings settings, (Weight Weight, PlanAnswer Answer)[] rows, CliContext context)
    {
        var page = Page.For(context);
        var answer = rows.Single(row => row.Weight == asked.Weight).Answer;
        var share = Fairway.Cli.Rendering.Words.Percent(asked.BaseShare * 100);
        page.Sentence($"{share} of the stable release's requests fail, the new one gets {asked.Weight} of {Number(asked.RequestsPerSecond)} requests a second, and a release that is no "
            + $"worse is taken back with a probability of at most {Fairway.Cli.Rendering.Words.Percent(settings.FalseRollback * 100)}:", 0);
        page.Line();
        page.Sentence(answer.Detect is { } detect
            ? $"A release that fails {Number(asked.Factor)} times as often is found after {Time(detect)} on average; about {Number(answer.FailedUntilDetected ?? 0)} of its requests fail until then "
                + $"(no test with that probability can do with fewer than {Number(answer.FailedByWald)})."
            : $"A release that fails {Number(asked.Factor)} times as often is not told from what is tolerated.", 2);
        page.Sentence(answer.ProveSafe is { } safe
            ? $"A release that is as good as the stable one is proven safe after {Time(safe)} on average."
            : "No metric has a margin, so nothing is ever proven safe.", 2);
        page.Line();
        page.Columns(["SHARE", ">FOUND", ">FAILED UNTIL THEN", ">PROVEN SAFE", ""], rows.Select(row => new[]
        {
            Page.Text(row.Weight.ToString()), Time(row.Answer.Detect), row.Answer.FailedUntilDetected is { } failed ? Number(failed) : "–", Time(row.Answer.ProveSafe),
            row.Weight == asked.Weight ? "[grey]asked for[/]" : "",
        }), indent: 2);
        page.Line();
        page.Sentence("Choose pauses no shorter than it takes to find what must not pass, and shares large enough that proof comes within maxStep. Instances that drift apart "
            + "make both slower; how far yours do is learned while nothing is rolled out.", 0, "grey");
        return page.ToString();
    }

    private static JsonObject Json(PlanQuestion asked, JudgeSettings settings, (Weight Weight, PlanAnswer Answer)[] rows) => new()
    {
        ["baseErrors"] = asked.BaseShare, ["detect"] = asked.Factor, ["rate"] = asked.RequestsPerSecond, ["weight"] = asked.Weight.Percent, ["falseRollback"] = settings.FalseRollback,
        ["asked"] = Json(rows.Single(row => row.Weight == asked.Weight)),
        ["shares"] = new JsonArray([.. rows.Select(Json)]),
    };

    private static JsonObject Json((Weight Weight, PlanAnswer Answer) row) => new()
    {
        ["weight"] = row.Weight.Percent, ["detectSeconds"] = row.Answer.Detect is { } detect ? Math.Round(detect.TotalSeconds, 1) : null,
        ["proveSafeSeconds"] = row.Answer.ProveSafe is { } safe ? Math.Round(safe.TotalSeconds, 1) : null,
        ["failedUntilDetected"] = row.Answer.FailedUntilDetected is { } failed ? Math.Round(failed, 1) : null,
        ["failedByWald"] = double.IsFinite(row.Answer.FailedByWald) ? Math.Round(row.Answer.FailedByWald, 1) : null,
    };

    private static string Time(Duration? time) => time is { } span ? Fairway.Cli.Rendering.Words.Of(span.ToTimeSpan()) : "never";

    private static string Number(double number) => !double.IsFinite(number) ? "∞" : number.ToString(number < 10 ? "0.##" : "#,0", CultureInfo.InvariantCulture);

    private static Weight Share(double share) => Weight.FromPercent((decimal)Math.Round(share * 100, 2));

    private static Option<double> Percent(string name, string description, string usual, int decimals) => Read(name, description, usual, "PERCENT", $"above 0% and below 100%, with at most {decimals} decimals, such as {usual}",
        text => PercentText.Parse(text) is { IsValid: true, Value: > 0 and < 100 and var percent } && decimal.Round(percent, decimals) == percent ? (double)(percent / 100) : null);

    private static Option<double> Times(string name, string description, string usual) => Read(name, description, usual, "TIMES", "a number above 1 such as " + usual,
        text => double.TryParse(text.EndsWith('x') ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 1 and < 1e6 ? number : null);

    private static Option<double> Read(string name, string description, string usual, string help, string expected, Func<string, double?> parse) => new(name)
    {
        Description = $"{description} By default {usual}.",
        HelpName = help,
        DefaultValueFactory = _ => parse(usual)!.Value,
        CustomParser = result =>
        {
            if (parse(result.Tokens[0].Value) is { } number) return number;
            result.AddError($"{name} is {expected}, not '{result.Tokens[0].Value}'");
            return parse(usual)!.Value;
        },
    };
}
