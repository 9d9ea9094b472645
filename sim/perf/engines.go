package perf

import "strings"

// CalibrationOf returns the name of the calibration that comes nearest to a
// serving engine, as published tables name it.
func CalibrationOf(engine string) string {
	engine = strings.ToLower(engine)
	if strings.HasPrefix(engine, "tensorrt-llm") {
		return "trtllm"
	}
	return DefaultCalibrationName
}
