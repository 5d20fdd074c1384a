using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>What to do with a step that has reached its longest time without proof.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OnDoubt>))]
public enum OnDoubt
{
    /// <summary>Stay, and ask a person.</summary>
    Hold,

    /// <summary>Take the candidate back.</summary>
    RollBack,

    /// <summary>Go on as if time alone were proof.</summary>
    Advance,
}

/// <summary>What the evidence means for a step.</summary>
public enum StepAdvice
{
    /// <summary>Stay and go on counting.</summary>
    Hold,

    /// <summary>Proven safe and watched long enough: the next step.</summary>
    Advance,

    /// <summary>Stay: without proof after the longest time, a person decides.</summary>
    AskPerson,

    /// <summary>Take the candidate back.</summary>
    RollBack,
}

/// <summary>How long a step may last.</summary>
/// <param name="Least">Never advances sooner, however sure it is.</param>
/// <param name="Most">Held for proof until then.</param>
/// <param name="Doubt">What follows without proof.</param>
public sealed record StepLimits(Duration Least, Duration Most, OnDoubt Doubt)
{
    /// <summary>What a verdict means after so long at the step's weight.</summary>
    public StepAdvice Advise(Verdict verdict, Duration atWeight) => verdict switch
    {
        Verdict.Regressed => StepAdvice.RollBack,
        Verdict.Safe when atWeight >= Least => StepAdvice.Advance,
        _ when atWeight < Most => StepAdvice.Hold,
        Verdict.Safe => StepAdvice.Hold,
        _ => Doubt switch { OnDoubt.RollBack => StepAdvice.RollBack, OnDoubt.Advance => StepAdvice.Advance, _ => StepAdvice.AskPerson },
    };
}
